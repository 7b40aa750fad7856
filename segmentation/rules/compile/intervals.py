"""Between which instants a test of a fact holds: what compares one of its instants with `at` is turned round into a beginning and an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segmentation.rules import model as m
from segmentation.rules.compile.predicates import Subject, property_test_sql
from segmentation.rules.compile.sql import FOREVER, literal, start_of


@dataclass(frozen=True)
class Interval:
    """SQL over the fact, and `zone` where it is the customer's own; it begins with the fact where nothing else is said, None is no end."""

    enter: str = "begin"
    leave: str | None = None


def interval_of(test: m.PropertyTest, column: str, customer_zone: str) -> Interval:
    """A test that depends on time, or on the customer's zone alone."""
    turned = TURNED.get(test.comparison.op)
    if turned is None:
        return Interval(f"if({property_test_sql(test, column, customer_zone)}, begin, {FOREVER}L)")
    subject = Subject(column, test.type, customer_zone)
    found = turned(subject, test.comparison)
    missing = "begin" if test.if_missing else f"{FOREVER}L"
    return Interval(f"if({column} is null, {missing}, {found.enter})", found.leave)


def _within(subject: Subject, comparison: m.Comparison) -> Interval:
    instant = subject.instant(comparison.zone)
    return Interval(instant, f"{instant} + {comparison.operand}L")


def _older_than(subject: Subject, comparison: m.Comparison) -> Interval:
    return Interval(f"{subject.instant(comparison.zone)} + {comparison.operand}L")


def _within_next(subject: Subject, comparison: m.Comparison) -> Interval:
    instant = subject.instant(comparison.zone)
    return Interval(f"{instant} - {comparison.operand}L", instant)


def _since(subject: Subject, comparison: m.Comparison) -> Interval:
    since: m.Since = comparison.operand
    instant = subject.instant(comparison.zone)
    if since.unit is None:
        return Interval(f"if({instant} >= {literal(since.instant)}, {instant}, {FOREVER}L)")
    return Interval(instant, start_of(since.unit, instant, subject.zone(since.zone), ahead=1))


def _not_before(subject: Subject, comparison: m.Comparison) -> Interval:
    """The start of the unit, moved, is not after t, up to the start of t's own unit, moved back, and the unit it begins."""
    since: m.Since = comparison.operand
    instant, unit, zone = subject.instant(comparison.zone), str(since.unit), subject.zone(since.zone)
    leave = start_of(unit, instant, zone, ahead=1 - since.offset)
    if since.strict:
        leave = f"if({instant} = {start_of(unit, instant, zone)}, {start_of(unit, instant, zone, ahead=-since.offset)}, {leave})"
    return Interval(leave=leave)


TURNED: dict[str, Callable[[Subject, m.Comparison], Interval]] = {
    "within": _within,
    "older_than": _older_than,
    "within_next": _within_next,
    "since": _since,
    "not_before": _not_before,
}
"""Words whose answer depends on `at` even where the value does not change."""
