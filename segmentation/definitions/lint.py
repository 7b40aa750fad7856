"""What is allowed and hardly meant: a table of checks, code -> function of a project that yields warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from segmentation.definitions.documents import Project, Segment
from segmentation.definitions.segments import segment_rule
from segmentation.definitions.words import subject, wanted
from segmentation.issues import Issue
from segmentation.rules.canonical import canonical_text
from segmentation.rules.check_answers import Checker, Facts, meet
from segmentation.rules.model import All, AnyOf, Compare, Condition, Did, DidNot, Everyone, InSegment, NoneOf, Not
from segmentation.rules.normalize import normalize
from segmentation.rules.traverse import every, selections
from segmentation.rules.values import Window


@dataclass
class Linting:
    """A project with what the checks share: each live segment's whole rule, normalized once."""

    project: Project
    rules: dict[str, Condition] = field(default_factory=dict)
    checker: Checker = field(default_factory=Checker)

    def __post_init__(self) -> None:
        self.rules = {slug: normalize(segment_rule(segment).rule) for slug, segment in self.project.segments.items() if not segment.archived}
        self.checker = Checker(self.rules)

    def live(self) -> Iterator[tuple[Segment, Condition]]:
        return ((self.project.segments[slug], rule) for slug, rule in self.rules.items())


def lint(project: Project) -> tuple[Issue, ...]:
    """Every warning, in order of place."""
    linting = Linting(project)
    return tuple(sorted(issue for code, check in CHECKS.items() for issue in check(linting, code)))


def _warning(segment: Segment, code: str, problem: str, hint: str = "") -> Issue:
    return Issue(segment.rule_where, problem, hint, code, "warning")


# ---------------------------------------------------------------- negatives
NEGATIVE_WORDS = frozenset({"is_not", "not_in"})


def _is_negative(node: Condition) -> bool:
    match node:
        case DidNot() | Not() | NoneOf():
            return True
        case InSegment():
            return node.negated
        case Did():
            return node.comparison.op == "at_most" or (node.comparison.op == "is" and node.comparison.operand == 0)
        case Compare():
            return node.comparison.op in NEGATIVE_WORDS or (node.comparison.op == "exists" and not node.comparison.operand)
        case _:
            return False


def _two_negatives(linting: Linting, code: str) -> Iterator[Issue]:
    for segment, _ in linting.live():
        for node in every(segment.rule):
            if isinstance(node, AnyOf) and sum(map(_is_negative, node.children)) >= 2:
                first, second, *_ = (child for child in node.children if _is_negative(child))
                problem = f"an any with two negatives selects nearly everyone: {subject(first)} or {subject(second)}"
                yield _warning(segment, code, problem, "For neither of them, write none: with both without the not.")


def _never_seen(linting: Linting, code: str) -> Iterator[Issue]:
    for segment, _ in linting.live():
        top = segment.rule.children if isinstance(segment.rule, All) else (segment.rule,)
        forever = [node for node in top if isinstance(node, DidNot) and node.selection.window == Window()]
        if forever and segment.parent is None and all(_is_negative(node) or isinstance(node, Everyone) for node in top):
            problem = f"{subject(forever[0])} without a window holds for everybody never seen before"
            yield _warning(segment, code, problem, "Say beside it what they did, or since when they are known.")


# ---------------------------------------------------------------- always the same answer
def _always_true(linting: Linting, code: str) -> Iterator[Issue]:
    for segment, rule in linting.live():
        if linting.checker.answers(rule).not_true is None and not isinstance(segment.rule, Everyone):
            yield _warning(segment, code, "always true", "For everybody, write {everyone: true}.")


def _always_false(linting: Linting, code: str) -> Iterator[Issue]:
    for segment, rule in linting.live():
        if linting.checker.answers(rule).true is None:
            yield _warning(segment, code, f"always false: {_contradiction(segment.rule, linting.checker)}")


def _contradiction(rule: Condition, checker: Checker) -> str:
    parts = list(_conjuncts(rule))
    for one, other in combinations(parts, 2):
        if meet((checker.answers(normalize(one)).true, checker.answers(normalize(other)).true)) is None:
            if isinstance(one, Did | DidNot | Compare) and isinstance(other, Did | DidNot | Compare):
                return f"{subject(one)} asks for {wanted(one)}, {subject(other)} for {wanted(other)}"
            return f"{subject(one)} and {subject(other)} exclude each other"
    return "what it asks for excludes itself"


def _conjuncts(rule: Condition) -> Iterator[Condition]:
    if isinstance(rule, All):
        for child in rule.children:
            yield from _conjuncts(child)
    else:
        yield rule


# ---------------------------------------------------------------- other segments
def _unreachable(linting: Linting, code: str) -> Iterator[Issue]:
    for group in linting.project.groups.values():
        higher: list[str] = []
        left: Facts = {}  # what holds of whoever no higher one selects
        for slug in group.order:
            if slug not in linting.rules:
                continue
            own = linting.checker.answers(linting.rules[slug])
            if own.true is not None and meet((own.true, left)) is None:
                names = ", ".join(f"'{each}'" for each in higher)
                problem = f"never active: whoever it selects, {names} of group '{group.name}' {'selects' if len(higher) == 1 else 'select'} too"
                yield _warning(linting.project.segments[slug], code, problem, "Put it higher in the order.")
            higher.append(slug)
            left = meet((left, own.not_true))


def _equal_rules(linting: Linting, code: str) -> Iterator[Issue]:
    first: dict[str, str] = {}
    for segment, rule in linting.live():
        other = first.setdefault(canonical_text(rule), segment.slug)
        if other != segment.slug:
            yield _warning(segment, code, f"the same rule as '{other}'", "Refer to it by in_segment, or keep one of them.")


def _no_test(linting: Linting, code: str) -> Iterator[Issue]:
    for segment, _ in linting.live():
        if not segment.tests:
            yield Issue(segment.where, "no test", "Give it a customer who is a member, and one who is not.", code, "warning")


def _kept_for_ever(linting: Linting, code: str) -> Iterator[Issue]:
    facts: Mapping[str, int | None] = {name: kind.keep for name, kind in linting.project.vocabulary.facts.items()}
    for segment, _ in linting.live():
        unbounded = (each for node in every(segment.rule) for each in selections(node) if each.window.within is None and each.window.since is None)
        found = sorted({kind for each in unbounded for kind in each.kinds if facts.get(kind) is not None})
        if found:
            problem = f"asks for all facts ever, and '{found[0]}' is kept for {(facts[found[0]] or 0) // 86_400_000_000} days"
            yield _warning(segment, code, problem, "Give it a window, or keep the facts for ever.")


CHECKS: dict[str, Callable[[Linting, str], Iterator[Issue]]] = {
    "SEG101": _two_negatives,
    "SEG102": _always_true,
    "SEG103": _always_false,
    "SEG104": _unreachable,
    "SEG105": _equal_rules,
    "SEG106": _no_test,
    "SEG107": _never_seen,
    "SEG108": _kept_for_ever,
}
