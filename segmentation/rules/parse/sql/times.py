"""Temporal SQL expressions as a base and a shift: `at - interval 30 days` is (at, -30 days), `current_date - 30` is (today, -30)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from sqlglot import exp

from segmentation.rules.given import Given
from segmentation.rules.parse.comparisons import UNITS_OF_CALENDAR
from segmentation.rules.parse.instants import MAXIMUM_DURATION, read_date, read_instant
from segmentation.rules.parse.sql.reader import AT, Reader, bare
from segmentation.rules.parse.sql.scalars import arguments, read_scalar
from segmentation.rules.values import CalendarUnit, Micros, Value
from segmentation.settings import UNITS

Base = Literal["at", "today", "start", "instant", "date", "value", "day_of_value"]
DAY = UNITS["day"]
MONTHS = ("month", "quarter", "year")
TRUNCATIONS = {"mm": "month", "mon": "month", "yyyy": "year", "yy": "year", "dd": "day", **{unit: unit for unit in UNITS_OF_CALENDAR}}
CASTS = {"DATE": "date", "TIMESTAMP": "instant", "TIMESTAMPTZ": "instant", "TIMESTAMPNTZ": "instant", "TIMESTAMPLTZ": "instant"}


@dataclass(frozen=True)
class Time:
    """`shift` is in microseconds; of dates (today, date, day_of_value, values of type date) it is whole days of them."""

    base: Base
    shift: Micros = 0
    unit: CalendarUnit | None = None
    fixed: Any = None
    value: Value | None = None
    name: str = ""

    @property
    def is_date(self) -> bool:
        of_dates = self.value is not None and self.value.type.name == "date"
        return self.base in ("today", "date", "day_of_value") or of_dates

    @property
    def is_value(self) -> bool:
        return self.value is not None


def read_time(reader: Reader, node: Any) -> Time | None:
    """The time an expression stands for; None where it is no time at all. Refuses what is a time and has no such form."""
    node = bare(node)
    read = TIMES.get(type(node))
    return read(reader, node) if read else None


def read_interval(reader: Reader, node: Any) -> Micros | None:
    """Microseconds of an interval, or of a sum of them; None where it is none."""
    node = bare(node)
    if isinstance(node, exp.Neg):
        inner = read_interval(reader, node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Add | exp.Sub):
        left, right = read_interval(reader, node.this), read_interval(reader, node.expression)
        if left is None or right is None:
            return None
        return left + right if isinstance(node, exp.Add) else left - right
    return _interval(reader, node) if isinstance(node, exp.Interval) else None


def _interval(reader: Reader, node: exp.Interval) -> Micros:
    unit = str(node.args["unit"].name if node.args.get("unit") else "").lower().rstrip("s")
    if unit in MONTHS:
        raise reader.refuse(node, f"a {unit} has no fixed length, so the instants at which this may change cannot be worked out", "Say days.")
    count = bare(node.this)
    sign = -1 if isinstance(count, exp.Neg) else 1
    text = str(getattr(bare(count.this) if sign < 0 else count, "name", "")).strip()
    digits = text.removeprefix("-").removeprefix("+")
    if unit not in UNITS or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise reader.refuse(node, "this is not an interval such as interval 30 days", "Units: seconds, minutes, hours, days, weeks.")
    micros = sign * int(text) * UNITS[unit]
    if abs(micros) > MAXIMUM_DURATION:
        raise reader.refuse(node, "this interval is longer than 100 years")
    return micros


# ---------------------------------------------------------------- one function a form
def _column(reader: Reader, node: exp.Column) -> Time | None:
    if node.name == AT and not node.table:
        return Time("at")
    value = reader.value(node)
    return Time("value", value=value, name=node.name) if value.type.is_temporal else None


def _call(_: Reader, node: exp.Anonymous) -> Time | None:
    return Time("at") if str(node.this).lower() in ("now", "current_timestamp") and not node.expressions else None


def _cast(reader: Reader, node: exp.Cast) -> Time | None:
    kind = CASTS.get(node.to.this.name)
    literal = bare(node.this)
    if kind is None:
        return None
    if isinstance(literal, exp.Literal) and literal.is_string:
        return fixed(reader, Given(str(literal.this), reader.entry.where, str(literal.this)), kind)
    if kind == "date":
        return _day_of(reader, node)
    return None


def fixed(reader: Reader, given: Given, kind: str) -> Time:
    if kind == "date":
        return Time("date", fixed=read_date(reader.scope, given))
    return Time("instant", fixed=read_instant(reader.scope, given, reader.zone))


def _day_of(reader: Reader, node: Any) -> Time | None:
    time = read_time(reader, node.this)
    if time is None or time.is_date:
        return time
    if time.base == "at" and time.shift == 0:
        return Time("today")
    if time.base == "value" and time.shift == 0:
        return replace(time, base="day_of_value")
    raise _no_form(reader, node)


def _truncated(reader: Reader, node: Any) -> Time:
    time = read_time(reader, node.this)
    unit = TRUNCATIONS.get(str(node.args["unit"].name).lower()) if node.args.get("unit") else None
    if unit is None or time not in (Time("at"), Time("today")):
        raise _no_form(reader, node)
    return Time("start", unit=unit)  # type: ignore[arg-type]


def _moved(sign: int) -> Callable[[Reader, Any], Time | None]:
    def read(reader: Reader, node: Any) -> Time | None:
        time = read_time(reader, node.this)
        if time is None:
            return None
        micros = read_interval(reader, node.expression)
        if micros is None:
            micros = _whole_days(reader, node.expression) if time.is_date else None
        if micros is None:
            what = "an interval or a whole number of days" if time.is_date else "an interval"
            raise reader.refuse(node.expression, f"a time moves by {what}, and this is none", "Such as interval 30 days.")
        return moved(reader, node, time, sign * micros)

    return read


def _added(reader: Reader, node: Any) -> Time | None:
    """date_add and date_sub: the day of an instant, moved by days."""
    time = _day_of(reader, node)
    count = bare(node.expression)
    if isinstance(count, exp.Mul):  # date_sub(x, 30) is read as x + 30 * -1
        days = _whole_days(reader, count.this)
        days = None if days is None else -days
    else:
        days = _whole_days(reader, count)
    unit = node.args.get("unit")
    if time is None or days is None or (unit is not None and unit.name.upper() != "DAY"):
        raise _no_form(reader, node)
    return moved(reader, node, time, days)


def _whole_days(reader: Reader, node: Any) -> Micros | None:
    given = reader.literal(node)
    is_whole = given is not None and isinstance(given.value, int) and not isinstance(given.value, bool)
    if given is None or not is_whole or abs(given.value) > MAXIMUM_DURATION // DAY:
        return None
    return int(given.value) * DAY


def moved(reader: Reader, node: Any, time: Time, micros: Micros) -> Time:
    if time.base in ("instant", "date") and not time.is_date:
        return replace(time, fixed=time.fixed + micros)
    if time.is_date and micros % DAY:
        raise reader.refuse(node, "a date moves by whole days", "Use at for instants.")
    if time.base == "date":
        return replace(time, fixed=date.fromordinal(time.fixed.toordinal() + micros // DAY))
    if time.base == "start":
        raise _no_form(reader, node)
    return replace(time, shift=time.shift + micros)


def _chosen(reader: Reader, node: Any) -> Time | None:
    """greatest, least, coalesce of times as they are: one value of its own."""
    times = [read_time(reader, part) for part in arguments(node)]
    if not any(times):
        return None
    if any(time is None or time.base != "value" or time.shift for time in times):
        raise _no_form(reader, node)
    return Time("value", value=read_scalar(reader, node))


def _no_form(reader: Reader, node: Any) -> Exception:
    return reader.refuse(node, "the instants at which this may change cannot be worked out")


TIMES: dict[type, Callable[[Reader, Any], Time | None]] = {
    exp.Column: _column,
    exp.CurrentTimestamp: lambda *_: Time("at"),
    exp.CurrentDate: lambda *_: Time("today"),
    exp.Anonymous: _call,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.TsOrDsToDate: _day_of,
    exp.Date: _day_of,
    exp.TimestampTrunc: _truncated,
    exp.DateTrunc: _truncated,
    exp.Add: _moved(1),
    exp.Sub: _moved(-1),
    exp.TsOrDsAdd: _added,
    exp.Greatest: _chosen,
    exp.Least: _chosen,
    exp.Coalesce: _chosen,
}
