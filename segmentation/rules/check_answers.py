"""What must hold of values where a rule is true, false or unknown: an over-approximation, so that what it rules out is out for certain.

A map from a value (or an opaque leaf) to the domain it lies in; None where the answer cannot be. No sampling: intervals and sets alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

from segmentation.rules.check_counts import refutes
from segmentation.rules.check_domains import MISSING, PRESENT, Domain, above, below, outside, point, span
from segmentation.rules.model import (
    All,
    AnyOf,
    Compare,
    Condition,
    Constant,
    Entered,
    Everyone,
    IfMissing,
    InSegment,
    InSegmentFor,
    Lifetime,
    ListedIn,
    Not,
    Sample,
    Sequence,
    Tree,
)
from segmentation.rules.types import INTEGER, Type
from segmentation.rules.values import Aggregate, AttributeValue, Comparison, Value

Facts = Mapping[Hashable, Domain] | None
NEVER_UNKNOWN = (Everyone, InSegment, InSegmentFor, Entered, ListedIn, Sample, Lifetime, Sequence)
TRUE, FALSE = Domain((point(1),)), Domain((point(0),))


@dataclass(frozen=True)
class Answers:
    """What holds where a condition is true, where it is false, and where it is unknown."""

    true: Facts
    false: Facts
    unknown: Facts

    @property
    def not_true(self) -> Facts:
        return join((self.false, self.unknown))

    @property
    def not_false(self) -> Facts:
        return join((self.true, self.unknown))


def meet(parts: Iterable[Facts]) -> Facts:
    """All hold at once."""
    found: dict[Hashable, Domain] = {}
    for part in parts:
        if part is None:
            return None
        for key, domain in part.items():
            found[key] = found[key].meet(domain) if key in found else domain
            if not found[key]:
                return None
    return None if refutes(found) else found


def join(parts: Iterable[Facts]) -> Facts:
    """One of them holds: what is said of a value in every part."""
    possible = [part for part in parts if part is not None]
    if not possible:
        return None
    keys = set.intersection(*(set(part) for part in possible))
    return {key: reduce(Domain.join, (part[key] for part in possible)) for key in possible[0] if key in keys}


@dataclass
class Checker:
    """Answers about normalized rules; `rules` by slug, for references."""

    rules: Mapping[str, Condition] = field(default_factory=dict)
    _known: dict[Condition, Answers] = field(default_factory=dict)

    def answers(self, node: Condition) -> Answers:
        if node not in self._known:
            self._known[node] = self._work_out(node)
        return self._known[node]

    def _work_out(self, node: Condition) -> Answers:
        rule = RULES.get(type(node))
        return rule(self, node) if rule else _opaque(node, unknown=not isinstance(node, NEVER_UNKNOWN))


# ---------------------------------------------------------------- leaves
def _opaque(key: Hashable, *, unknown: bool, present: Mapping[Hashable, Domain] | None = None) -> Answers:
    here = dict(present or {})
    missing: Facts = dict.fromkeys(here, MISSING) or {key: MISSING}
    return Answers({key: TRUE, **here}, {key: FALSE, **here}, missing if unknown else None)


def _reference(checker: Checker, node: InSegment) -> Answers:
    if node.active or node.slug not in checker.rules:
        return _negated_if(node.negated, _opaque(("active", node.slug, node.active), unknown=False))
    inner = checker.answers(checker.rules[node.slug])
    return _negated_if(node.negated, Answers(inner.true, inner.not_true, None))


def _negated_if(negated: bool, answers: Answers) -> Answers:
    return Answers(answers.false, answers.true, answers.unknown) if negated else answers


def never_missing(value: Value) -> bool:
    return isinstance(value, Aggregate) and value.function in ("count", "distinct")


def _no_fact_passes(value: Value) -> bool:
    """Tests of one `where` that exclude each other, such as above 5 and below 3: the count is 0."""
    if not isinstance(value, Aggregate) or len(value.selection.where) < 2:
        return False
    asked = [test for test in value.selection.where if not test.if_missing]
    sets = (_sets(AttributeValue(test.path, test.type), test.comparison) for test in asked)
    return meet({key: holds} for key, holds, _ in sets if holds is not None) is None


def _universe(value: Value) -> Domain:
    if never_missing(value) and _no_fact_passes(value):
        return Domain((point(0),))
    if never_missing(value):
        return Domain((span(0, None),))
    return Domain((span(0, 1),)) if value.type.name == "boolean" else PRESENT


def _compare(_: Checker, node: Compare) -> Answers:
    comparison, value = node.comparison, node.value
    unknown: Facts = None if never_missing(value) else {value: MISSING}
    if comparison.op == "exists":
        present: Facts = {value: _universe(value)}
        missing = unknown
        return Answers(present, missing, None) if comparison.operand else Answers(missing, present, None)
    key, holds, fails = _sets(value, comparison)
    if holds is None or fails is None:
        return _opaque((value, comparison), unknown=unknown is not None, present={value: _universe(value)})
    here: dict[Hashable, Domain] = {value: _universe(value)}
    return Answers(meet((here, {key: holds})), meet((here, {key: fails})), unknown)


def _sets(value: Value, comparison: Comparison) -> tuple[Hashable, Domain | None, Domain | None]:
    """What is compared (the value, or its age), and where the comparison holds and fails."""
    if comparison.op in AGES:
        if value.type.name != "timestamp":
            return value, None, None
        return ("age", value), *AGES[comparison.op](comparison.operand)
    if comparison.ignoring_case or comparison.op not in SETS or not _comparable(value.type, comparison.operand):
        return value, None, None
    operand = int(comparison.operand) if value.type.name == "boolean" and isinstance(comparison.operand, bool) else comparison.operand
    kind = INTEGER if value.type.name == "boolean" else value.type
    return value, *SETS[comparison.op](operand, kind)


def _comparable(kind: Type, operand: Any) -> bool:
    """A date beside an instant depends on a zone, and arrays have no order: neither is looked into."""
    operands = operand if isinstance(operand, tuple) else (operand,)
    if kind.name == "timestamp":
        return all(isinstance(each, int) for each in operands)
    if kind.name == "date":
        return all(isinstance(each, date) for each in operands)
    return kind.name in ("string", "integer", "decimal", "boolean")


Sets = tuple[Domain, Domain]
AGES: dict[str, Callable[[int], Sets]] = {
    "within": lambda width: (Domain((span(0, width - 1),)), Domain((span(None, -1), span(width, None)))),
    "older_than": lambda width: (Domain((span(width, None),)), Domain((span(None, width - 1),))),
    "within_next": lambda width: (Domain((span(-width, -1),)), Domain((span(None, -width - 1), span(0, None)))),
}
"""Of at - t, in whole microseconds."""

SETS: dict[str, Callable[[Any, Type], Sets]] = {
    "is": lambda x, kind: (Domain((point(x),)), outside((x,), kind)),
    "is_not": lambda x, kind: (outside((x,), kind), Domain((point(x),))),
    "above": lambda x, kind: (Domain((above(x, kind),)), Domain((span(None, x),))),
    "at_least": lambda x, kind: (Domain((span(x, None),)), Domain((below(x, kind),))),
    "below": lambda x, kind: (Domain((below(x, kind),)), Domain((span(x, None),))),
    "at_most": lambda x, kind: (Domain((span(None, x),)), Domain((above(x, kind),))),
    "between": lambda x, kind: (Domain((span(*x),)), Domain((below(x[0], kind), above(x[1], kind)))),
    "in": lambda xs, kind: (_points(xs), outside(xs, kind)),
    "not_in": lambda xs, kind: (outside(xs, kind), _points(xs)),
    "before": lambda x, kind: (Domain((below(x, kind),)), Domain((span(x, None),))),
    "after": lambda x, kind: (Domain((above(x, kind),)), Domain((span(None, x),))),
}


def _points(values: Iterable[Any]) -> Domain:
    return reduce(Domain.join, (Domain((point(value),)) for value in values))


AT = "at"
"""The instant asked about: one for all conditions of a rule."""


def _lifetime(_: Checker, node: Lifetime) -> Answers:
    last = None if node.expires_at is None else node.expires_at - 1
    inside = Domain(()) if node.starts_at is not None and last is not None and last < node.starts_at else Domain((span(node.starts_at, last),))
    before = () if node.starts_at is None else (span(None, node.starts_at - 1),)
    after = () if node.expires_at is None else (span(node.expires_at, None),)
    outside_of_it = Domain(before).join(Domain(after))
    return Answers(meet(({AT: inside}, {AT: inside})), meet(({AT: outside_of_it}, {AT: outside_of_it})), None)


# ---------------------------------------------------------------- inner nodes
def _all(checker: Checker, node: All) -> Answers:
    parts = [checker.answers(child) for child in node.children]
    unknown = meet((join(part.unknown for part in parts), *(part.not_false for part in parts)))
    return Answers(meet(part.true for part in parts), join(part.false for part in parts), unknown)


def _any(checker: Checker, node: AnyOf) -> Answers:
    parts = [checker.answers(child) for child in node.children]
    unknown = meet((join(part.unknown for part in parts), *(part.not_true for part in parts)))
    return Answers(join(part.true for part in parts), meet(part.false for part in parts), unknown)


def _if_missing(checker: Checker, node: IfMissing) -> Answers:
    inner = checker.answers(node.child)
    if node.answer:
        return Answers(join((inner.true, inner.unknown)), inner.false, None)
    return Answers(inner.true, inner.not_true, None)


def _tree(checker: Checker, node: Tree) -> Answers:
    """Each outcome where its `when` is true and none before it was."""
    before: Facts = {}
    parts: list[tuple[Facts, Answers]] = []
    for when, then in node.branches:
        asked = checker.answers(when)
        parts.append((meet((before, asked.true)), checker.answers(then)))
        before = meet((before, asked.not_true))
    parts.append((before, checker.answers(node.otherwise)))
    true, false, unknown = (join(meet((here, facts)) for here, facts in each) for each in zip(*map(_outcomes, parts), strict=True))
    return Answers(true, false, unknown)


def _outcomes(part: tuple[Facts, Answers]) -> tuple[tuple[Facts, Facts], ...]:
    here, answers = part
    return (here, answers.true), (here, answers.false), (here, answers.unknown)


RULES: dict[type, Callable[[Checker, Any], Answers]] = {
    Compare: _compare,
    InSegment: _reference,
    Lifetime: _lifetime,
    Everyone: lambda *_: Answers({}, None, None),
    Constant: lambda _, node: Answers({}, None, None) if node.answer else Answers(None, {}, None),
    Not: lambda checker, node: _negated_if(True, checker.answers(node.child)),
    All: _all,
    AnyOf: _any,
    IfMissing: _if_missing,
    Tree: _tree,
}
