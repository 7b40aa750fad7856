"""The facts that decide a leaf, and the value it compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.facts import Cause, Fact
from segmentation.rules.interpret.customer import Point, is_valid
from segmentation.rules.interpret.evaluation import value_of
from segmentation.rules.interpret.flips import flips
from segmentation.rules.interpret.selections import select
from segmentation.rules.interpret.sequences import witness
from segmentation.rules.types import INTEGER, Type

Micros = m.Micros
MOST = 5
"""Facts shown of a leaf: the newest."""


@dataclass(frozen=True)
class Evidence:
    """One fact by kind, id and time. `is_counted` is false for the nearest fact that does not count: outside the window, say."""

    kind: str
    cause: Cause
    fact_id: str
    occurred_at: Micros
    is_counted: bool = True


@dataclass(frozen=True)
class Found:
    """What a leaf was decided by. `count` tells how many facts there are where only the newest are shown."""

    value: Any = None
    type: Type | None = None
    facts: tuple[Evidence, ...] = ()
    count: int = 0


def evidence_of(leaf: m.Condition, point: Point) -> Found:
    """For a condition that is not made of others."""
    look = EVIDENCE.get(type(leaf))
    return look(leaf, point) if look else Found()


def _shown(facts: list[Fact], *, is_counted: bool = True) -> tuple[Evidence, ...]:
    return tuple(Evidence(fact.kind, fact.cause, fact.fact_id, fact.occurred_at, is_counted) for fact in facts[-MOST:])


def _selected(selection: m.Selection, point: Point) -> tuple[tuple[Evidence, ...], int]:
    """The facts selected; where there are none, the newest that only the window leaves out."""
    facts = select(selection, point)
    if facts:
        return _shown(facts), len(facts)
    outside = select(replace(selection, window=m.Window()), point)
    return _shown(outside[-1:], is_counted=False), 0


def _count(selection: m.Selection, point: Point) -> Found:
    facts, count = _selected(selection, point)
    return Found(count, INTEGER, facts, count)


def _setting(name: str, point: Point) -> tuple[Evidence, ...]:
    """The fact that set the attribute to what it is."""
    begun = [setting.fact for setting in point.customer.settings(name) if setting.instant <= point.at]
    return _shown(begun[-1:])


def _facts_behind(value: m.Value, point: Point) -> tuple[Evidence, ...]:
    look = BEHIND.get(type(value))
    return look(value, point) if look else ()


def _behind_all(values: tuple[m.Value, ...], point: Point) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(fact for value in values for fact in _facts_behind(value, point)))


def _latest_score(model: str, point: Point) -> tuple[Evidence, ...]:
    return _shown(point.customer.scores(model).valid_at(point.at)[-1:])


BEHIND: dict[type, Callable[[Any, Point], tuple[Evidence, ...]]] = {
    m.Aggregate: lambda value, point: _selected(value.selection, point)[0],
    m.Ratio: lambda value, point: _behind_all((value.numerator, value.denominator), point),
    m.Arithmetic: lambda value, point: _behind_all(value.operands, point),
    m.Scalar: lambda value, point: _behind_all(value.inputs, point),
    m.AttributeValue: lambda value, point: _setting(value.name, point),
    m.ScoreValue: lambda value, point: _latest_score(value.model, point),
    m.RankValue: lambda value, point: _latest_score(f"{value.of}/{value.bands}", point),
}


def _compare(node: m.Compare, point: Point) -> Found:
    count = len(select(node.value.selection, point)) if isinstance(node.value, m.Aggregate) else 0
    return Found(value_of(node.value, point), node.value.type, _facts_behind(node.value, point), count)


def _edge(node: m.EdgeHas, point: Point) -> Found:
    facts = select(node.selection, point)
    if not facts:
        return replace(_count(node.selection, point), value=None)
    edge = facts[-1:] if node.edge == "last" else facts[:1]
    return Found(facts=_shown(edge), count=1)


def _attribute(node: m.AttributeFor | m.AttributeChanged | m.Anniversary, point: Point) -> Found:
    return Found(value_of(node.value, point), node.value.type, _setting(node.value.name, point), 1)


def _sequence(node: m.Sequence, point: Point) -> Found:
    """The facts of the latest choice that completes it; of none, what its first step finds."""
    chosen = witness(node, point)
    return Found(facts=_shown(list(chosen)), count=len(chosen)) if chosen else replace(_count(node.steps[0].selection, point), value=None)


def _entries(node: m.ListedIn, point: Point) -> Found:
    entries = [fact for fact in point.customer.entries(node.name).facts if fact.begins_at <= point.at]
    counted = [fact for fact in entries if is_valid(fact, point.at)]
    return Found(facts=_shown(counted) or _shown(entries[-1:], is_counted=False), count=len(counted))


def _lasting(node: m.InSegmentFor | m.Entered, point: Point) -> Found:
    """The instant of the last flip of the segment."""
    since = point.customer.exists_from
    known = flips(point.customer, node.slug, node.active, since - 1, point.at) if since is not None else []
    return Found(max((flip.instant for flip in known if flip.instant <= point.at), default=None), Type("timestamp"))


EVIDENCE: dict[type, Callable[[Any, Point], Found]] = {
    m.Compare: _compare,
    m.Did: lambda node, point: _count(node.selection, point),
    m.DidNot: lambda node, point: _count(node.selection, point),
    m.EdgeHas: _edge,
    m.AttributeFor: _attribute,
    m.AttributeChanged: _attribute,
    m.Anniversary: _attribute,
    m.Sequence: _sequence,
    m.ListedIn: _entries,
    m.InSegmentFor: _lasting,
    m.Entered: _lasting,
    m.ScalarCondition: lambda node, point: Found(None, None, _facts_behind(node.value, point)),
}
