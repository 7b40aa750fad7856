"""Differences of times against a length: `at - x < interval 3 hours`, `datediff(current_date, x) <= 30`, `timestampdiff(day, x, at) >= 3`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlglot import exp

from segmentation.rules.model import Condition
from segmentation.rules.parse.sql.reader import Reader, bare
from segmentation.rules.parse.sql.time_comparisons import FLIPPED, compare_times
from segmentation.rules.parse.sql.times import DAY, Time, moved, read_interval, read_time
from segmentation.rules.values import Micros
from segmentation.settings import UNITS


def compare_difference(reader: Reader, node: Any, sign: str) -> Condition | None:
    """`a - b <sign> length` as `a <sign> b + length`; None where neither side is a difference of times."""
    for left, right, own_sign in ((node.this, node.expression, sign), (node.expression, node.this, FLIPPED[sign])):
        read = DIFFERENCES.get(type(bare(left)))
        found = read(reader, bare(left), own_sign, right) if read else None
        if found is not None:
            return found
    return None


def _subtraction(reader: Reader, node: exp.Sub, sign: str, length: Any) -> Condition | None:
    first, second = read_time(reader, node.this), read_time(reader, node.expression)
    if first is None or second is None:
        return None
    micros = read_interval(reader, length)
    if micros is None:
        raise reader.refuse(node, "a difference of times compares with an interval", "Such as at - x < interval 3 days.")
    return compare_times(reader, node, first, sign, moved(reader, node, second, micros))


def _days(reader: Reader, node: exp.DateDiff, sign: str, length: Any) -> Condition:
    """Whole days between two dates."""
    first, second = (_as_day(reader, side) for side in (node.this, node.expression))
    unit = node.args.get("unit")
    if first is None or second is None or (unit is not None and unit.name.upper() != "DAY"):
        raise reader.refuse(node, "the instants at which this may change cannot be worked out", "datediff takes current_date and a trait.")
    return compare_times(reader, node, first, sign, moved(reader, node, second, _count(reader, length) * DAY))


def _as_day(reader: Reader, side: Any) -> Time | None:
    time = read_time(reader, side)
    if time is None or time.is_date:
        return time
    return replace(time, base="day_of_value") if time.base == "value" else None


def _elapsed(reader: Reader, node: exp.TimestampDiff, sign: str, length: Any) -> Condition:
    """Whole units that have passed from the second to the first: at least n of them have once n units have."""
    unit = UNITS.get(str(node.args["unit"].name if node.args.get("unit") else "").lower())
    later, earlier, count = read_time(reader, node.this), read_time(reader, node.expression), _count(reader, length)
    if unit is None or later is None or earlier is None or later.is_date or earlier.is_date or count < 1:
        raise reader.refuse(
            node, "the instants at which this may change cannot be worked out", "timestampdiff takes instants, units up to weeks, 1 or more."
        )
    if sign in (">", "<="):
        sign, count = {">": ">=", "<=": "<"}[sign], count + 1
    if sign in ("=", "<>"):
        raise reader.refuse(node, "whole units passed are compared by <, <=, > or >=")
    return compare_times(reader, node, later, sign, _later(reader, node, earlier, count * unit))


def _later(reader: Reader, node: Any, time: Time, micros: Micros) -> Time:
    return moved(reader, node, time, micros)


def _count(reader: Reader, node: Any) -> int:
    given = reader.literal(node)
    if given is None or isinstance(given.value, bool) or not isinstance(given.value, int) or abs(given.value) > 36525 * 86400:
        raise reader.refuse(node, "a difference compares with a whole number")
    return given.value


DIFFERENCES: dict[type, Callable[[Reader, Any, str, Any], Condition | None]] = {
    exp.Sub: _subtraction,
    exp.DateDiff: _days,
    exp.TimestampDiff: _elapsed,
}
