"""Local time: the date an instant has in a zone, the first instant of a local day, and the starts of calendar units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from segmentation.rules.model import CalendarUnit, Micros

DAY: Micros = 86_400 * 10**6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)

STARTS: dict[CalendarUnit, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: date(day.year, 3 * ((day.month - 1) // 3) + 1, 1),
    "year": lambda day: date(day.year, 1, 1),
}

_LONGEST: dict[CalendarUnit, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


@cache
def _known_zones() -> frozenset[str]:
    """Names that Python and Java both know: short ones such as EST mean different things, or nothing, in one of them."""
    return frozenset(name for name in available_timezones() if "/" in name or name in ("UTC", "GMT"))


def is_zone(name: object) -> bool:
    """Whether this is the name of a zone; offsets such as `+02:00` are none."""
    return isinstance(name, str) and name in _known_zones()


_zone = cache(ZoneInfo)


def as_datetime(at: Micros) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def as_micros(moment: datetime) -> Micros:
    """Whole microseconds since 1970 of a moment with a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def utc_offset(at: Micros, zone: str) -> Micros:
    offset = as_datetime(at).astimezone(_zone(zone)).utcoffset()
    return (offset or timedelta()) // _MICROSECOND


@lru_cache(maxsize=65536)
def local_date(at: Micros, zone: str) -> date:
    """The calendar day that an instant lies in, in a zone."""
    return as_datetime(at).astimezone(_zone(zone)).date()


def _offset_of_midnight(day: date, zone: str, fold: int) -> Micros:
    midnight = datetime(day.year, day.month, day.day, fold=fold, tzinfo=_zone(zone))
    return (midnight.utcoffset() or timedelta()) // _MICROSECOND


def _change_between(before: Micros, after: Micros, zone: str) -> Micros:
    """The first instant with another offset than at `before`, by bisection: there is one change of offset in between."""
    offset = utc_offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if utc_offset(middle, zone) == offset else (before, middle)
    return after


@lru_cache(maxsize=65536)
def local_midnight(day: date, zone: str) -> Micros:
    """The instant a local day begins: the earlier of two midnights, and the first instant after a skipped one."""
    local = (day.toordinal() - _EPOCH_DAY) * DAY
    first, second = (local - _offset_of_midnight(day, zone, fold) for fold in (0, 1))
    is_skipped = second < first
    return _change_between(second, first, zone) if is_skipped else first


@lru_cache(maxsize=65536)
def date_changes(day: date, zone: str) -> tuple[Micros, ...]:
    """Every instant near the start of a local day at which the local date may change; clocks put back at midnight change it thrice."""
    start = local_midnight(day, zone)
    before, after = start - DAY * 3 // 2, start + DAY * 3 // 2
    if utc_offset(before, zone) == utc_offset(after, zone):
        return (start,)
    local = (day.toordinal() - _EPOCH_DAY) * DAY
    return (start, local - _offset_of_midnight(day, zone, 1), _change_between(before, after, zone))


def start_of(unit: CalendarUnit, at: Micros, zone: str, days: int = 0) -> Micros:
    """The start of the calendar unit that an instant lies in, moved by whole local days."""
    return local_midnight(STARTS[unit](local_date(at, zone)) + timedelta(days=days), zone)


def next_start(unit: CalendarUnit, day: date) -> date:
    """The first day of the unit after the one that a day lies in."""
    return STARTS[unit](STARTS[unit](day) + timedelta(days=_LONGEST[unit]))


def anniversary(day: date, year: int) -> date:
    """The anniversary in a year; of 29 February it is 1 March where the year has no such day."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
