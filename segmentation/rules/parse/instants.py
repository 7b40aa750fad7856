"""Durations, instants and dates as users write them -> microseconds; a date stands for its local midnight."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.scope import Scope
from segmentation.rules.values import Micros
from segmentation.settings import UNITS, parse_duration

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAXIMUM_DURATION = 36525 * UNITS["day"]
_CALENDAR = re.compile(r"\s*(\d+)\s*(month|quarter|year)s?\s*")


def to_micros(instant: datetime) -> Micros:
    """Exact: no float takes part."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def to_instant(micros: Micros) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def local_midnight(day: date, zone: str) -> Micros:
    """The first instant of a local day: of a midnight that daylight saving skips the first instant after, of a double one the earlier."""
    local = datetime.combine(day, time(), ZoneInfo(zone))
    early, late = to_micros(local.replace(fold=1)), to_micros(local)
    while early < late:
        middle = (early + late) // 2
        if to_instant(middle).astimezone(local.tzinfo).date() >= day:
            late = middle
        else:
            early = middle + 1
    return late


def read_duration(scope: Scope, given: Given) -> Micros:
    """A window's length: more than nothing, in units of fixed length."""
    calendar = _CALENDAR.fullmatch(str(given.value)) if isinstance(given.value, str) else None
    if calendar:
        days = f"{int(calendar[1]) * {'month': 30, 'quarter': 90, 'year': 365}[calendar[2]]} days"
        raise scope.refuse(
            given,
            f"'{given.text}' has no fixed length, so the instant at which it ends cannot be worked out backwards",
            f"Say '{days}', or a calendar window such as since: start of {calendar[2]}.",
        )
    try:
        micros = parse_duration(given.value)
    except ValueError:
        raise scope.refuse(
            given, f"expected a duration such as '30 days', found {in_words(given)}", "Units: seconds, minutes, hours, days, weeks."
        ) from None
    if not 0 < micros <= MAXIMUM_DURATION:
        raise scope.refuse(given, f"'{given.text}' is not a length between one second and 100 years")
    return micros


def read_instant(scope: Scope, given: Given, zone: str) -> Micros:
    """An instant; a naive one is local to `zone`, a date its local midnight."""
    value = _parsed(given)
    _refuse_far(scope, given, value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=ZoneInfo(_fixed(scope, given, zone)))
        return to_micros(value)
    if isinstance(value, date):
        return local_midnight(value, _fixed(scope, given, zone))
    raise scope.refuse(given, f"expected an instant such as 2026-03-01T00:00:00Z, found {in_words(given)}")


def read_date(scope: Scope, given: Given) -> date:
    value = _parsed(given)
    if isinstance(value, datetime) or not isinstance(value, date):
        raise scope.refuse(given, f"expected a date such as 2026-03-01, found {in_words(given)}")
    _refuse_far(scope, given, value)
    return value


def is_date(given: Given) -> bool:
    value = _parsed(given)
    return isinstance(value, date) and not isinstance(value, datetime)


def is_instant(given: Given) -> bool:
    return isinstance(_parsed(given), datetime)


def _refuse_far(scope: Scope, given: Given, value: object) -> None:
    """Room for every window and offset on both sides."""
    if isinstance(value, date) and not 1000 <= value.year <= 9000:
        raise scope.refuse(given, f"the year of {in_words(given)} does not lie between 1000 and 9000")


def _fixed(scope: Scope, given: Given, zone: str) -> str:
    if zone == "customer":
        raise scope.refuse(given, f"{in_words(given)} needs an offset: in the zone of each customer it is no one instant", "Add Z or +01:00.")
    return zone


def _parsed(given: Given) -> object:
    """YAML's dates and instants, or text in ISO form."""
    if not isinstance(given.value, str):
        return given.value
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            return parse(given.value)
        except ValueError:
            continue
    return given.value
