"""Commands for people who write segments: no JVM, an answer at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segmentation.cli.options import CONF, ENVIRONMENT, AsJson, Conf, Environment, err, out, print_json, told_in_words
from segmentation.issues import Issue, UserError

if TYPE_CHECKING:
    from segmentation.settings import Settings


def validate(
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as mistakes.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="First mend what is mechanical, and show what was changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every mistake in the configuration, all at once, with its place and code.

    Example: segmentation validate --conf conf --strict
    """
    from segmentation.definitions.codes import with_code
    from segmentation.definitions.load import load_project
    from segmentation.settings import load_settings

    issues: tuple[Issue, ...] = ()
    count, mended = 0, 0
    try:
        settings = load_settings(environment)
        mended = _mend(conf, settings, silent=as_json) if fix else 0
        project = load_project(conf, settings)
        issues, count = project.warnings, len(project.segments)
    except UserError as error:
        issues = tuple(with_code(issue) if issue.where.file else issue for issue in error.issues)
    failed = (strict and bool(issues)) or any(issue.severity == "error" for issue in issues)
    if as_json:
        print_json({"ok": not failed, "segments": count, "mended": mended, "issues": [_as_dict(issue) for issue in issues]})
    else:
        _print_issues(issues)
        if not failed:
            out.print(f"{conf}: {count} segments, {len(issues)} warnings. Next: segmentation test", soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _mend(conf: Path, settings: Settings, *, silent: bool) -> int:
    """The number of files changed; their differences are printed."""
    from segmentation.definitions.fixes import find_fixes, write_fixes

    mended = find_fixes(conf, settings) if conf.is_dir() else []
    write_fixes(mended)
    for each in () if silent else mended:
        out.print(each.diff(), soft_wrap=True, highlight=False, markup=False)
    return len(mended)


def _print_issues(issues: tuple[Issue, ...]) -> None:
    """A line an issue, and where each of their codes is explained."""
    from segmentation.definitions.codes import anchor

    for issue in issues:
        err.print(str(issue), soft_wrap=True, highlight=False, markup=False)
    for code in sorted({issue.code for issue in issues if issue.code}):
        err.print(f"{code}: segmentation reference {code}, or {anchor(code)}", soft_wrap=True, highlight=False, style="dim")


def _as_dict(issue: Issue) -> dict[str, object]:
    from segmentation.definitions.codes import anchor

    where = issue.where
    return {
        "file": where.file, "line": where.line, "column": where.column, "path": where.path, "problem": issue.problem, "hint": issue.hint,
        "code": issue.code, "anchor": anchor(issue.code), "severity": issue.severity,
    }  # fmt: skip


def test(
    select: Annotated[list[str] | None, typer.Argument(help="Slugs of segments; without any, all.")] = None,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    as_json: AsJson = False,
) -> None:
    """Run the tests written beside the segments; a failing one is shown as its rule with values.

    Example: segmentation test vip churned
    """
    from segmentation.cli.words import print_tree
    from segmentation.definitions.inline_tests import run_inline_tests
    from segmentation.definitions.load import load_project
    from segmentation.issues import suggest
    from segmentation.rules.explain import explain_condition
    from segmentation.rules.interpret.statuses import catalogue
    from segmentation.settings import load_settings

    with told_in_words():
        project = load_project(conf, load_settings(environment))
        for slug in select or ():
            if slug not in project.segments:
                raise UserError.because(f"there is no segment '{slug}'", suggest(slug, project.segments))
    outcomes = run_inline_tests(project, select or None)
    failed = [outcome for outcome in outcomes if not outcome.is_passed]
    if as_json:
        print_json([{"segment": o.segment, "name": o.name, "expected": o.expected, "found": o.found.status, "passed": o.is_passed} for o in outcomes])
    else:
        for outcome in failed:
            out.print(f"[red]failed[/red] {outcome.where}  {outcome.segment}: {outcome.name}", soft_wrap=True)
            out.print(f"  expected {outcome.expected}, found {'member' if outcome.holds else 'not member'}, status {outcome.found.status}")
            if outcome.point.in_force:
                print_tree(explain_condition(catalogue(outcome.point.in_force.rule_set).rules[outcome.segment], outcome.point))
        out.print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)
