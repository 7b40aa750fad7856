"""Comparisons as SQL text: one table from word to text, for values of any type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.compile.numbers import can_hold, compare_number, known_answer, number_literal
from segmentation.rules.compile.sql import CUSTOMER_ZONE, literal, literals, midnight, midnight_of, quote, start_of
from segmentation.rules.types import Type


@dataclass(frozen=True)
class Subject:
    """The value compared: its SQL text, its type, and how the zone of the point is written."""

    sql: str
    type: Type
    customer_zone: str

    def zone(self, zone: str) -> str:
        return self.customer_zone if zone == CUSTOMER_ZONE else quote(zone)

    def folded(self, comparison: m.Comparison) -> str:
        if not comparison.ignoring_case:
            return self.sql
        if self.type.name == "array":
            return f"transform({self.sql}, x -> lower(x))"
        return f"lower({self.sql})"

    def instant(self, zone: str) -> str:
        """The value as microseconds: a date stands for its local midnight."""
        return midnight(self.sql, self.zone(zone)) if self.type.name == "date" else self.sql


def _fold(comparison: m.Comparison, operand: Any) -> Any:
    if not comparison.ignoring_case:
        return operand
    return tuple(x.lower() for x in operand) if isinstance(operand, tuple) else operand.lower()


def _binary(sign: str) -> Callable[[Subject, m.Comparison], str]:
    def text(subject: Subject, comparison: m.Comparison) -> str:
        if subject.type.is_numeric:
            return compare_number(subject.sql, subject.type, sign, comparison.operand)
        return f"{subject.folded(comparison)} {sign} {_operand(subject, comparison, _fold(comparison, comparison.operand))}"

    return text


def _operand(subject: Subject, comparison: m.Comparison, operand: Any) -> str:
    """A literal of the subject's type; a date against an instant is its local midnight."""
    if subject.type.name == "timestamp" and isinstance(operand, dt.date):
        if comparison.zone == CUSTOMER_ZONE:
            return midnight(literal(operand), subject.customer_zone)
        return literal(midnight_of(operand, comparison.zone))
    return array_literal(operand, subject.type) if isinstance(operand, tuple) else literal(operand)


def array_literal(values: tuple[Any, ...], kind: Type) -> str:
    element = kind.element if kind.name == "array" and kind.element else kind
    sql_type = "bigint" if element.name == "timestamp" else element.spark
    return f"cast(array({literals(values)}) as array<{sql_type}>)"


def _between(subject: Subject, comparison: m.Comparison) -> str:
    if subject.type.is_numeric:
        sides = zip((">=", "<="), comparison.operand, strict=True)
        return f"({' and '.join(compare_number(subject.sql, subject.type, sign, bound) for sign, bound in sides)})"
    low, high = (_operand(subject, comparison, bound) for bound in comparison.operand)
    return f"{subject.sql} between {low} and {high}"


def _in(subject: Subject, comparison: m.Comparison) -> str:
    if subject.type.is_numeric:
        options = [number_literal(subject.type, option) for option in comparison.operand if can_hold(subject.type, option)]
    else:
        options = [_operand(subject, comparison, option) for option in _fold(comparison, comparison.operand)]
    return f"{subject.folded(comparison)} in ({', '.join(options)})" if options else known_answer(subject.sql, answer=False)


def _exists(subject: Subject, comparison: m.Comparison) -> str:
    return f"{subject.sql} is not null" if comparison.operand else f"{subject.sql} is null"


def _contains(subject: Subject, comparison: m.Comparison, operand: Any) -> str:
    if subject.type.name != "array":
        return f"contains({subject.folded(comparison)}, {literal(operand)})"
    element = subject.type.element or subject.type
    if element.is_numeric and not can_hold(element, operand):
        return known_answer(subject.sql, answer=False)
    sought = number_literal(element, operand) if element.is_numeric else literal(operand)
    # null elements are no values: coalesce keeps them from turning the answer into unknown
    return f"if({subject.sql} is null, cast(null as boolean), coalesce(array_contains({subject.folded(comparison)}, {sought}), false))"


def _contains_each(joined: str, nothing: bool) -> Callable[[Subject, m.Comparison], str]:
    def text(subject: Subject, comparison: m.Comparison) -> str:
        options = [_contains(subject, comparison, option) for option in _fold(comparison, comparison.operand)]
        return "(" + f" {joined} ".join(options) + ")" if options else known_answer(subject.sql, nothing)

    return text


def _text_function(function: str) -> Callable[[Subject, m.Comparison], str]:
    return lambda subject, comparison: f"{function}({subject.folded(comparison)}, {literal(_fold(comparison, comparison.operand))})"


def _matches(subject: Subject, comparison: m.Comparison) -> str:
    """(?d): only a line feed ends a line, as in Python; without (?u) classes and cases are ASCII in both."""
    return f"{subject.sql} rlike {quote(('(?di)' if comparison.ignoring_case else '(?d)') + comparison.operand)}"


def _within(subject: Subject, comparison: m.Comparison) -> str:
    instant = subject.instant(comparison.zone)
    return f"({instant} > at - {comparison.operand}L and {instant} <= at)"


def _older_than(subject: Subject, comparison: m.Comparison) -> str:
    return f"{subject.instant(comparison.zone)} <= at - {comparison.operand}L"


def _within_next(subject: Subject, comparison: m.Comparison) -> str:
    instant = subject.instant(comparison.zone)
    return f"({instant} > at and {instant} <= at + {comparison.operand}L)"


def _since(subject: Subject, comparison: m.Comparison) -> str:
    since: m.Since = comparison.operand
    start = literal(since.instant) if since.unit is None else start_of(since.unit, "at", subject.zone(since.zone))
    instant = subject.instant(comparison.zone)
    return f"({instant} >= {start} and {instant} <= at)"


def _not_before(subject: Subject, comparison: m.Comparison) -> str:
    since: m.Since = comparison.operand
    start = start_of(str(since.unit), "at", subject.zone(since.zone), ahead=since.offset)
    return f"{subject.instant(comparison.zone)} {'>' if since.strict else '>='} {start}"


def _side(sign: str) -> Callable[[Subject, m.Comparison], str]:
    """before, after: strict; a date on either side stands for its local midnight."""

    def text(subject: Subject, comparison: m.Comparison) -> str:
        operand = comparison.operand
        if subject.type.name == "date" and isinstance(operand, dt.date):
            return f"{subject.sql} {sign} {literal(operand)}"
        return f"{subject.instant(comparison.zone)} {sign} {_instant_operand(subject, comparison)}"

    return text


def _instant_operand(subject: Subject, comparison: m.Comparison) -> str:
    if not isinstance(comparison.operand, dt.date):
        return literal(comparison.operand)
    if comparison.zone == CUSTOMER_ZONE:
        return midnight(literal(comparison.operand), subject.customer_zone)
    return literal(midnight_of(comparison.operand, comparison.zone))


COMPARISONS: dict[str, Callable[[Subject, m.Comparison], str]] = {
    "is": _binary("="),
    "is_not": _binary("!="),
    "above": _binary(">"),
    "at_least": _binary(">="),
    "below": _binary("<"),
    "at_most": _binary("<="),
    "between": _between,
    "in": _in,
    "not_in": lambda subject, comparison: f"not ({_in(subject, comparison)})",
    "exists": _exists,
    "contains": lambda subject, comparison: _contains(subject, comparison, _fold(comparison, comparison.operand)),
    "contains_any": _contains_each("or", nothing=False),
    "contains_all": _contains_each("and", nothing=True),
    "starts_with": _text_function("startswith"),
    "ends_with": _text_function("endswith"),
    "matches": _matches,
    "within": _within,
    "older_than": _older_than,
    "within_next": _within_next,
    "since": _since,
    "not_before": _not_before,
    "before": _side("<"),
    "after": _side(">"),
}


def comparison_sql(subject: Subject, comparison: m.Comparison) -> str:
    """Three-valued: null where the value is missing (other than for `exists`)."""
    return COMPARISONS[comparison.op](subject, comparison)


def property_test_sql(test: m.PropertyTest, column: str, customer_zone: str) -> str:
    """A test of one property of a fact, with `if_missing` applied."""
    answer = f"({comparison_sql(Subject(column, test.type, customer_zone), test.comparison)})"
    return answer if test.if_missing is None else f"coalesce({answer}, {literal(test.if_missing)})"
