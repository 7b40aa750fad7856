"""`segmentation explain-plan`: what the rules ask for, what they share, and what each segment adds. No JVM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.tree import Tree

from segmentation.cli.options import CONF, ENVIRONMENT, AsJson, Conf, Environment, out, print_json, told_in_words
from segmentation.cli.tables import show_table
from segmentation.issues import UserError, suggest

if TYPE_CHECKING:
    from segmentation.rules.model import Condition, RuleSet
    from segmentation.rules.values import Selection, Value
    from segmentation.rules.vocabulary import Vocabulary

    Work = Value | Selection


@dataclass(frozen=True)
class SegmentPlan:
    """`rule`: the lowered rule, (depth, words) a line. `reads`: the columns worked out for it; `adds`: those that no other segment reads.

    `share` is `adds` of all columns. `breakpoints`: when its answer may change; `history`: how far back it reads, a line a kind.
    """

    segment: str
    rule: tuple[tuple[int, str], ...]
    reads: int
    adds: int
    share: float
    breakpoints: tuple[str, ...]
    history: tuple[str, ...]


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

    A column is a measure, value or leaf of the compiled program: what is worked out once for all segments that read it.

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
    rules = normalize_rules(rule_set(project))
    names = trait_names(project)
    plans = [plan for plan in plan_segments(rules, project.vocabulary, names) if not select or plan.segment in select]
    shared = [trait for trait in shared_traits(rules, names) if not select or set(select) & set(trait.segments)]
    if as_json:
        print_json({"segments": [asdict(plan) for plan in plans], "shared": [asdict(trait) for trait in shared]})
    else:
        _show(plans, shared)


def plan_segments(rules: RuleSet, vocabulary: Vocabulary, names: Mapping[Value, str]) -> list[SegmentPlan]:
    """One plan a segment, in the order given; work and breakpoints are those of the compiled program."""
    from segmentation.rules.compile.shares import shares_of
    from segmentation.rules.explain.breakpoints import breakpoint_words
    from segmentation.rules.explain.history import history_words, rules_behind

    by_slug = {each.slug: each.rule for each in rules.segments}
    shares = shares_of(rules, vocabulary)
    return [
        SegmentPlan(
            each.slug,
            tuple(_lines(by_slug[each.slug], names)),
            len(each.reads),
            len(each.adds),
            round(len(each.adds) / max(len(shares.columns), 1), 4),
            breakpoint_words(each.breakpoints, shares.slots),
            history_words(rules_behind(each.slug, by_slug, rules.groups), each.lookback),
        )
        for each in shares.segments
    ]


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


def shared_traits(rules: RuleSet, names: Mapping[Value, str]) -> list[SharedTrait]:
    """What two segments or more use, the most used first."""
    users = _users({each.slug: work_of(each.rule) for each in rules.segments})
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


def _show(plans: Iterable[SegmentPlan], shared: Iterable[SharedTrait]) -> None:
    for plan in plans:
        stack = [Tree(f"[bold]{plan.segment}[/bold]")]
        for depth, words in plan.rule:
            del stack[depth + 1 :]
            stack.append(stack[depth].add(escape(words)))
        for title, lines in (("breakpoints", plan.breakpoints), ("history needed", plan.history)):
            branch = stack[0].add(f"[dim]{title}[/dim]")
            for line in lines:
                branch.add(f"[dim]{escape(line)}[/dim]")
        out.print(stack[0])
    show_table(
        ("segment", "columns read", "added by it alone", "share of work added"),
        ((plan.segment, str(plan.reads), str(plan.adds), f"{plan.share:.0%}") for plan in plans),
    )
    show_table(("shared, worked out once", "used by"), ((trait.words, ", ".join(trait.segments)) for trait in shared), whole=())
