"""Spark SQL text for literals, instants and calendars."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

CUSTOMER_ZONE = "customer"
MICROSECOND = dt.timedelta(microseconds=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FOREVER = 9_000_000_000_000_000_000
"""valid_until of a version without a successor."""


def quote(text: str) -> str:
    """A string literal; Spark reads backslash escapes inside it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def name(*parts: str) -> str:
    """A column path with every part quoted."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def literal(value: Any) -> str:
    """A typed literal; instants are passed as int and become bigint."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}L" if -(2**63) < value < 2**63 else f"{value}BD"
    if isinstance(value, Decimal):
        return f"{value:f}BD"
    if isinstance(value, dt.date):
        return f"DATE'{value.isoformat()}'"
    if isinstance(value, str):
        return quote(value)
    raise TypeError(f"no literal for {type(value).__name__}")


def literals(values: Iterable[Any]) -> str:
    return ", ".join(literal(value) for value in values)


@cache
def known_zones() -> str:
    """Zone names both Python and Java know, as SQL literals: another value of an attribute must not kill a batch."""
    return ", ".join(quote(zone) for zone in sorted(available_timezones()) if "/" in zone or zone in ("UTC", "GMT"))


def valid_zone(value: str, default: str) -> str:
    """The customer's own zone, or the settings' where it is missing or no zone at all."""
    return f"case when {value} in ({known_zones()}) then {value} else {quote(default)} end"


def mentions_zone(text: str) -> bool:
    """Whether SQL reads the customer's own time zone."""
    return re.search(r"\bzone\b", text) is not None


def start_of(unit: str, instant: str, zone: str, ahead: int = 0) -> str:
    """The first instant of the unit that holds `instant` (or of one `ahead` units later) in `zone` (SQL text).

    A local midnight that daylight saving skips becomes the first instant after; one that comes twice is the earlier.
    """
    local = f"date_trunc('{unit.upper()}', from_utc_timestamp(timestamp_micros({instant}), {zone}))"
    months = {"month": 1, "quarter": 3, "year": 12}
    days = {"day": 1, "week": 7}
    if ahead and unit in months:
        local = f"({local} + make_ym_interval(0, {months[unit] * ahead}))"
    elif ahead:
        local = f"({local} + make_dt_interval({days[unit] * ahead}))"
    return f"unix_micros(to_utc_timestamp({local}, {zone}))"


def midnight(date: str, zone: str) -> str:
    """The instant at which a local date begins."""
    return f"unix_micros(to_utc_timestamp(cast({date} as timestamp), {zone}))"


def midnight_of(date: dt.date, zone: str) -> int:
    """The same for a literal date and a fixed zone, worked out here."""
    moment = dt.datetime.combine(date, dt.time(), tzinfo=ZoneInfo(zone))
    return (moment.astimezone(dt.UTC) - EPOCH) // MICROSECOND
