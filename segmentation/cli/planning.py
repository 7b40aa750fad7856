"""`segmentation explain-plan`: what the rules ask for, what they share, and what each segment adds. No JVM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from segmentation.cli.options import CONF, ENVIRONMENT, AsJson, Conf, Environment, out, print_json, told_in_words
from segmentation.issues import UserError, suggest

if TYPE_CHECKING:
    from segmentation.rules.model import Condition
    from segmentation.rules.values import Selection, Value

    Work = Value | Selection


@dataclass(frozen=True)
class SegmentPlan:
    """`reads` counts what is aggregated or selected for the rule; `adds` what no other segment asks for; `share` is adds of all."""

    segment: str
    rule: tuple[tuple[int, str], ...]
    reads: int
    adds: int
    share: float
    windows: tuple[str, ...]
    history: str


@dataclass(frozen=True)
class SharedTrait:
    """A value or selection with the segments that use it: worked out once for all of them."""

    words: str
    segments: tuple[str, ...]


def explain_plan(
    select: Annotated[list[str] | None, typer.Argument(help="Slugs of segments; without any, all.")] = None,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    as_json: AsJson = False,
) -> None:
    """The lowered rules, the traits they share with their windows, breakpoints, the history needed, and the work each segment adds.

    Example: segmentation explain-plan vip churned
    """
    from segmentation.cli.words import trait_names
    from segmentation.definitions.load import load_project
    from segmentation.definitions.segments import rule_set
    from segmentation.rules.normalize import normalize_rules
    from segmentation.settings import load_settings

    with told_in_words():
        project = load_project(conf, load_settings(environment))
        for slug in select or ():
            if slug not in project.segments:
                raise UserError.because(f"there is no segment '{slug}'", suggest(slug, project.segments))
    rules = {each.slug: each.rule for each in normalize_rules(rule_set(project)).segments}
    names = trait_names(project)
    plans = [plan for plan in plan_segments(rules, names) if not select or plan.segment in select]
    shared = [trait for trait in shared_traits(rules, names) if not select or set(select) & set(trait.segments)]
    if as_json:
        print_json({"segments": [asdict(plan) for plan in plans], "shared": [asdict(trait) for trait in shared]})
    else:
        _show(plans, shared)


def work_of(rule: Condition) -> frozenset[Work]:
    """The distinct values and selections that a rule has worked out."""
    from segmentation.rules.traverse import every, selections, values
    from segmentation.rules.values import Aggregate

    found: set[Work] = set()
    for condition in every(rule):
        compared = tuple(values(condition))
        found.update(compared)
        inside = {value.selection for value in compared if isinstance(value, Aggregate)}
        found.update(selection for selection in selections(condition) if selection not in inside)
    return frozenset(found)


def plan_segments(rules: Mapping[str, Condition], names: Mapping[Value, str]) -> list[SegmentPlan]:
    """One plan a segment, in the order given."""
    work = {slug: work_of(rule) for slug, rule in rules.items()}
    users = _users(work)
    plans = []
    for slug, rule in rules.items():
        adds = sum(users[each] == [slug] for each in work[slug])
        lines = tuple(_lines(rule, names))
        plans.append(SegmentPlan(slug, lines, len(work[slug]), adds, round(adds / max(len(users), 1), 4), _windows(rule), _history(rule)))
    return plans


def shared_traits(rules: Mapping[str, Condition], names: Mapping[Value, str]) -> list[SharedTrait]:
    """What two segments or more use, the most used first."""
    users = _users({slug: work_of(rule) for slug, rule in rules.items()})
    found = [SharedTrait(_words(each, names), tuple(slugs)) for each, slugs in users.items() if len(slugs) > 1]
    return sorted(found, key=lambda trait: (-len(trait.segments), trait.words))


def _users(work: Mapping[str, Iterable[Work]]) -> dict[Work, list[str]]:
    users: dict[Work, list[str]] = {}
    for slug, parts in work.items():
        for each in parts:
            users.setdefault(each, []).append(slug)
    return users


def _words(each: Work, names: Mapping[Value, str]) -> str:
    from segmentation.rules.explain.words import VALUES, selection_words
    from segmentation.rules.values import Selection

    if isinstance(each, Selection):
        return selection_words(each)
    meaning = VALUES[type(each)](each, names)
    return f"{names[each]} = {meaning}" if each in names else meaning


def _lines(rule: Condition, names: Mapping[Value, str], depth: int = 0) -> Iterable[tuple[int, str]]:
    from segmentation.rules.explain.words import condition_words
    from segmentation.rules.traverse import children

    yield depth, condition_words(rule, names)
    for child in children(rule):
        yield from _lines(child, names, depth + 1)


def _selections(rule: Condition) -> Iterable[Selection]:
    from segmentation.rules.traverse import every, selections

    return (selection for condition in every(rule) for selection in selections(condition))


def _windows(rule: Condition) -> tuple[str, ...]:
    """After which time a fact changes the answer by itself: the breakpoints that windows make."""
    from segmentation.rules.explain import duration_words

    ends = {each for selection in _selections(rule) for each in (selection.window.within, selection.window.older_than) if each is not None}
    return tuple(map(duration_words, sorted(ends)))


def _history(rule: Condition) -> str:
    """How far back facts are read: the widest window, or everything where a selection has none."""
    from segmentation.rules.explain import duration_words

    found = list(_selections(rule))
    unbounded = sorted({selection.fact for selection in found if selection.window.within is None})
    if unbounded:
        return f"all {', '.join(unbounded)}"
    return duration_words(max(selection.window.within or 0 for selection in found)) if found else "no facts"


def _show(plans: Iterable[SegmentPlan], shared: Iterable[SharedTrait]) -> None:
    for plan in plans:
        stack = [Tree(f"[bold]{plan.segment}[/bold]")]
        for depth, words in plan.rule:
            del stack[depth + 1 :]
            stack.append(stack[depth].add(escape(words)))
        out.print(stack[0])
    table = Table("segment", "reads", "adds", "share of work", "breakpoints after", "history needed")
    for plan in plans:
        table.add_row(plan.segment, str(plan.reads), str(plan.adds), f"{plan.share:.0%}", ", ".join(plan.windows), plan.history)
    out.print(table)
    table = Table("shared, worked out once", "used by")
    for trait in shared:
        table.add_row(escape(trait.words), ", ".join(trait.segments))
    out.print(table)
