"""The words of a comparison: what each means for a value that is there. A missing value answers unknown, other than for `exists`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.zones import local_midnight, start_of

Word = Callable[[Any, Any], bool]
MomentWord = Callable[[m.Micros, Any, Point], bool]


def _contains(value: Any, operand: Any) -> bool:
    """A part of a text, or an element of an array; a null element is no value."""
    return operand in value


@cache
def _pattern(pattern: str, ignoring_case: bool) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | (re.IGNORECASE if ignoring_case else re.NOFLAG))


def since_start(since: m.Since, point: Point) -> m.Micros:
    """The instant a `since` counts from."""
    return start_of(since.unit, point.at, point.zone(since.zone)) if since.unit is not None else since.instant or 0


def _is_not_before(moment: m.Micros, since: m.Since, point: Point) -> bool:
    start = start_of(since.unit or "day", point.at, point.zone(since.zone), since.offset)
    return moment > start if since.strict else moment >= start


WORDS: dict[str, Word] = {
    "is": lambda value, operand: value == operand,
    "is_not": lambda value, operand: value != operand,
    "above": lambda value, operand: value > operand,
    "at_least": lambda value, operand: value >= operand,
    "below": lambda value, operand: value < operand,
    "at_most": lambda value, operand: value <= operand,
    "between": lambda value, operand: operand[0] <= value <= operand[1],
    "in": lambda value, operand: value in operand,
    "not_in": lambda value, operand: value not in operand,
    "contains": _contains,
    "contains_any": lambda value, operand: any(_contains(value, each) for each in operand),
    "contains_all": lambda value, operand: all(_contains(value, each) for each in operand),
    "starts_with": lambda value, operand: value.startswith(operand),
    "ends_with": lambda value, operand: value.endswith(operand),
    "before": lambda value, operand: value < operand,
    "after": lambda value, operand: value > operand,
}

MOMENT_WORDS: dict[str, MomentWord] = {
    "within": lambda moment, window, point: point.at - window < moment <= point.at,
    "older_than": lambda moment, window, point: moment <= point.at - window,
    "within_next": lambda moment, window, point: point.at < moment <= point.at + window,
    "since": lambda moment, since, point: since_start(since, point) <= moment <= point.at,
    "not_before": _is_not_before,
}
"""Words about an instant and `at`; a date stands for its local midnight."""


def compare(value: Any, comparison: m.Comparison, point: Point) -> bool | None:
    """The answer of a comparison at a point."""
    if comparison.op == "exists":
        return (value is not None) is bool(comparison.operand)
    if value is None:
        return None
    if comparison.op in MOMENT_WORDS:
        return MOMENT_WORDS[comparison.op](_moment(value, comparison, point), comparison.operand, point)
    if comparison.op == "matches":
        return _pattern(comparison.operand, comparison.ignoring_case).search(value) is not None
    value, operand = _alike(value, comparison.operand, comparison, point)
    if comparison.ignoring_case:
        value, operand = _lowered(value), _lowered(operand)
    return WORDS[comparison.op](value, operand)


def _moment(value: Any, comparison: m.Comparison, point: Point) -> Any:
    return local_midnight(value, point.zone(comparison.zone)) if isinstance(value, date) else value


def _alike(value: Any, operand: Any, comparison: m.Comparison, point: Point) -> tuple[Any, Any]:
    """A date beside an instant becomes its local midnight; two dates, or two instants, stay."""
    operands = operand if isinstance(operand, tuple) else (operand,)
    if isinstance(value, date) and any(isinstance(each, int) for each in operands):
        return _moment(value, comparison, point), operand
    if isinstance(value, int) and any(isinstance(each, date) for each in operands):
        moments = tuple(_moment(each, comparison, point) for each in operands)
        return value, moments if isinstance(operand, tuple) else moments[0]
    return value, operand


def _lowered(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_lowered(each) for each in value)
    return value.lower() if isinstance(value, str) else value
