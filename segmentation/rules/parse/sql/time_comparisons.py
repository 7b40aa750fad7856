"""A comparison of two times -> conditions of the tree. A value stands on the left, all shifts on the right: `x >= at - 30 days`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from segmentation.rules.model import All, AnyOf, Compare, Condition, Lifetime, Not
from segmentation.rules.parse.instants import local_midnight
from segmentation.rules.parse.sql.reader import Reader
from segmentation.rules.parse.sql.times import DAY, Time
from segmentation.rules.values import Comparison, Micros, Since

FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


def compare_times(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    """Refuses pairs whose flips cannot be worked out, underlined."""
    if not left.is_value and right.is_value:
        left, sign, right = right, FLIPPED[sign], left
    if not left.is_value and left.base in ("instant", "date", "start"):
        left, sign, right = right, FLIPPED[sign], left
    read = PAIRS.get((left.base, right.base))
    if read is None:
        raise reader.refuse(node, "the instants at which this may change cannot be worked out", "Compare a trait with at or current_date.")
    if (left.base, right.base) in EXACT and left.shift == 0 and left.is_date == right.is_date and sign in ("=", "<>"):
        return _leaf(left, "is" if sign == "=" else "is_not", right.fixed)
    if sign == "<>":
        return Not(compare_times(reader, node, left, "=", right))
    if sign == "=":
        return All((compare_times(reader, node, left, ">=", right), compare_times(reader, node, left, "<=", right)))
    return read(reader, node, left, sign, right)


EXACT = (("value", "instant"), ("value", "date"))
Pair = Callable[[Reader, Any, Time, str, Time], Condition]


def _leaf(left: Time, op: str, operand: Any, zone: str = "UTC") -> Condition:
    assert left.value is not None
    return Compare(left.value, Comparison(op, operand, zone=zone), left.name)


def _signed(sign: str, at_least: Callable[[bool], Condition]) -> Condition:
    """Any of the four signs from `>=` and (strict) `>`."""
    answer = at_least(sign in (">", "<="))
    return answer if sign.startswith(">") else Not(answer)


def _against_at(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    """t >= at + shift, from t <= at - W (older_than) and at < t <= at + W (within_next)."""
    if left.is_date:
        raise reader.refuse(node, "a date does not compare with the instant at", "Use current_date, or to_date(at).")
    shift = right.shift - left.shift

    def at_most(strict: bool) -> Condition:
        bound = shift - 1 if strict else shift
        if bound <= 0:
            return _leaf(left, "older_than", -bound)
        return AnyOf((_leaf(left, "older_than", 0), _leaf(left, "within_next", bound)))

    answer = at_most(sign in ("<", ">="))
    return answer if sign.startswith("<") else Not(answer)


def _against_today(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    """Dates: > is >= of the day after. An instant counts against the midnight that begins the day."""
    if left.shift and not left.is_date:
        raise reader.refuse(node, "an instant that is moved does not compare with a day", "Use at, or to_date(...).")
    days = (right.shift - left.shift) // DAY
    return _signed(sign, lambda strict: _not_before(reader, left, "day", days, strict))


def _against_start(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    if left.shift:
        raise reader.refuse(node, "a time that is moved does not compare with the start of a calendar unit")
    if left.is_date:
        instant = replace(left, base="value")
        if sign in (">", "<="):
            raise reader.refuse(node, "a day against the start of a calendar unit takes >= or <")
        return _signed(sign, lambda _: _not_before(reader, instant, right.unit, 0, strict=False))
    return _signed(sign, lambda strict: _not_before(reader, left, right.unit, 0, strict))


def _not_before(reader: Reader, left: Time, unit: Any, days: int, strict: bool) -> Condition:
    if left.is_date and strict:
        days, strict = days + 1, False
    return _leaf(left, "not_before", Since(unit=unit, zone=reader.zone, offset=days, strict=strict), reader.zone)


ORDER = {"<": "below", "<=": "at_most", ">": "above", ">=": "at_least"}


def _against_instant(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    if left.is_date:
        raise reader.refuse(node, "a date does not compare with an instant", "Write date '2026-01-01'.")
    return _leaf(left, ORDER[sign], right.fixed - left.shift)


def _against_date(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    day: date = right.fixed
    if left.is_date:
        day -= timedelta(microseconds=left.shift)
        if left.base == "value":
            return _leaf(left, ORDER[sign], day)
        later = day + timedelta(days=1) if sign in (">", "<=") else day
        return _signed(sign, lambda _: Not(_leaf(left, "before", later, reader.zone)))
    if left.shift:
        raise reader.refuse(node, "an instant that is moved does not compare with a day")
    return _signed(sign, lambda strict: _leaf(left, "after", day, reader.zone) if strict else Not(_leaf(left, "before", day, reader.zone)))


def _at_against_instant(_: Reader, __: Any, left: Time, sign: str, right: Time) -> Condition:
    return _from_then_on(sign, right.fixed - left.shift, 1)


def _at_against_date(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    """A date beside an instant stands for its local midnight."""
    if reader.zone == "customer":
        raise reader.refuse(node, "in the zone of each customer a day begins at no one instant", "Compare at with a timestamp.")
    return _from_then_on(sign, local_midnight(right.fixed, reader.zone) - left.shift, 1)


def _today_against_date(reader: Reader, node: Any, left: Time, sign: str, right: Time) -> Condition:
    if reader.zone == "customer":
        raise reader.refuse(node, "in the zone of each customer a day begins at no one instant", "Compare at with a timestamp.")
    day = right.fixed - timedelta(microseconds=left.shift)
    after = sign in (">", "<=")
    return _from_then_on(">=" if sign.startswith(">") else "<", local_midnight(day + timedelta(days=1 if after else 0), reader.zone), 0)


def _from_then_on(sign: str, instant: Micros, step: Micros) -> Condition:
    start = instant + step if sign in (">", "<=") else instant
    return Lifetime(starts_at=start) if sign.startswith(">") else Lifetime(expires_at=start)


PAIRS: dict[tuple[str, str], Pair] = {
    ("value", "at"): _against_at,
    ("value", "today"): _against_today,
    ("value", "start"): _against_start,
    ("value", "instant"): _against_instant,
    ("value", "date"): _against_date,
    ("day_of_value", "today"): _against_today,
    ("day_of_value", "start"): _against_start,
    ("day_of_value", "date"): _against_date,
    ("at", "instant"): _at_against_instant,
    ("at", "date"): _at_against_date,
    ("today", "date"): _today_against_date,
}
