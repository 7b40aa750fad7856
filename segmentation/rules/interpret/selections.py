"""Which facts a trait reads at a point: where, then window, then newest, then matched_by."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.facts import Fact
from segmentation.rules.interpret.comparisons import compare, since_start
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.logic import all_of


def property_at(properties: Mapping[str, Any], path: str) -> Any:
    """The property a dotted path leads to, None where it leads nowhere."""
    found: Any = properties
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def passes(tests: Iterable[m.PropertyTest], fact: Fact, point: Point) -> bool | None:
    """Whether a fact passes all the tests of a `where` or `has`."""
    return all_of(_answer(test, fact, point) for test in tests)


def _answer(test: m.PropertyTest, fact: Fact, point: Point) -> bool | None:
    answer = compare(property_at(fact.properties, test.path), test.comparison, point)
    return test.if_missing if answer is None else answer


def select(selection: m.Selection, point: Point) -> list[Fact]:
    """The facts of a selection at the point, in their order."""
    found: list[Fact] = point.keep(selection, _select)
    return found


def _select(selection: m.Selection, point: Point) -> list[Fact]:
    facts = _inside(selection.window, point.facts(selection.kinds), point)
    if selection.where:
        facts = [fact for fact in facts if passes(selection.where, fact, point)]
    if selection.newest is not None:
        facts = facts[max(0, len(facts) - selection.newest) :]
    if selection.matched_by is not None:
        facts = _matched(selection.matched_by, facts, point)
    return facts


def _inside(window: m.Window, facts: list[Fact], point: Point) -> list[Fact]:
    """The slice of the facts (they come by occurred_at) that lies in the window; it commutes with `where`, and is cheaper first."""
    starts = [0]
    ends = [len(facts)]
    if window.within is not None:
        starts.append(bisect_right(facts, point.at - window.within, key=_occurred_at))
    if window.since is not None:
        starts.append(bisect_right(facts, since_start(window.since, point) - 1, key=_occurred_at))
    if window.older_than is not None:
        ends.append(bisect_right(facts, point.at - window.older_than, key=_occurred_at))
    return facts[max(starts) : min(ends)]


def _occurred_at(fact: Fact) -> m.Micros:
    return fact.occurred_at


def _matched(match: m.Match, facts: list[Fact], point: Point) -> list[Fact]:
    values = {property_at(event.properties, match.on) for event in point.facts((match.event,))} - {None}
    return [fact for fact in facts if property_at(fact.properties, match.on) in values]
