"""Local days: daylight saving, calendar windows, anniversaries and the customer's own zone."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from segmentation.rules import model as m
from segmentation.rules.interpret.zones import as_micros, date_changes, is_zone, local_date, local_midnight, start_of
from segmentation.rules.types import DATE, INTEGER, TIMESTAMP
from tests.unit.rules.timelines import HOUR, SHOP, ask, event, of, row, total_of, worth

BIRTHDAY = m.AttributeValue("birthday", DATE)


def micros(text: str) -> int:
    return as_micros(dt.datetime.fromisoformat(text))


def hour(text: str) -> float:
    return micros(text) / HOUR


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        ("2026-03-29", "UTC", "2026-03-29T00:00:00+00:00"),
        ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00+00:00"),
        ("2026-03-30", "Europe/Berlin", "2026-03-29T22:00:00+00:00"),
        ("2026-03-29", "Asia/Beirut", "2026-03-28T22:00:00+00:00"),  # midnight is skipped: the first instant after is 01:00
        ("2025-10-31", "Africa/Cairo", "2025-10-30T22:00:00+00:00"),  # 24:00 is put back to 23:00 of the 30th: midnight comes once, late
        ("2025-11-02", "America/Havana", "2025-11-02T04:00:00+00:00"),  # 01:00 is put back to 00:00: the earlier of two
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00+00:00"),  # the whole day is skipped
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
        ("1919-03-31", "America/Toronto", "1919-03-31T04:30:00+00:00"),  # the gap begins at 23:30 and spans midnight
        ("0001-01-01", "Asia/Kolkata", None),
    ],
)
def test_a_local_day_begins_at_its_first_instant(day: str, zone: str, expected: str | None) -> None:
    found = local_midnight(dt.date.fromisoformat(day), zone)
    if expected is not None:
        assert found == micros(expected)
    else:
        assert found < micros("0001-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "zone", ["Asia/Beirut", "Africa/Cairo", "America/Havana", "Europe/Berlin", "America/New_York", "America/St_Johns", "Pacific/Apia"]
)
@pytest.mark.parametrize("year", [1995, 2006, 2011, 2025, 2026])
def test_the_local_date_changes_only_where_date_changes_says(zone: str, year: int) -> None:
    day = dt.date(year, 1, 1)
    known = {instant for offset in range(-2, 368) for instant in date_changes(day + dt.timedelta(days=offset), zone)}
    start = micros(f"{year}-01-01T00:00:00+00:00")
    edges = sorted({start, *(instant for instant in known if instant > start)})
    for first, second in pairwise(edges):
        assert local_date(first, zone) == local_date(second - 1, zone)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("day", "2026-05-13"), ("week", "2026-05-11"), ("month", "2026-05-01"), ("quarter", "2026-04-01"), ("year", "2026-01-01")],
)
def test_a_unit_begins_at_its_first_local_day(unit: m.CalendarUnit, expected: str) -> None:
    assert start_of(unit, micros("2026-05-13T12:00:00+00:00"), "UTC") == micros(f"{expected}T00:00:00+00:00")


def test_since_start_of_month_takes_in_local_midnight_and_ends_with_the_month() -> None:
    count = total_of("count", None, INTEGER, of("bought", window=m.Window(since=m.Since(unit="month", zone="Europe/Berlin"))))
    facts = [event("bought", hour("2026-04-30T21:59:59+00:00"), "a"), event("bought", hour("2026-04-30T22:00:00+00:00"), "b")]
    assert worth(count, hour("2026-05-31T21:59:59+00:00"), *facts) == 1
    assert worth(count, hour("2026-05-31T22:00:00+00:00"), *facts) == 0


@pytest.mark.parametrize(("strict", "expected"), [(False, [True, True, False]), (True, [True, False, False])])
def test_not_before_counts_from_a_local_midnight_some_days_ago(strict: bool, expected: list[bool]) -> None:
    """At noon of 13 May in Berlin, 30 days before today began at 22:00 UTC of 12 April."""
    since = m.Since(unit="day", zone="Europe/Berlin", offset=-30, strict=strict)
    node = m.Compare(total_of("latest", None, TIMESTAMP), m.Comparison("not_before", since, zone="Europe/Berlin"))
    times = ("2026-04-12T22:00:01+00:00", "2026-04-12T22:00:00+00:00", "2026-04-12T21:59:59+00:00")
    assert [ask(node, hour("2026-05-13T10:00:00+00:00"), event("bought", hour(time))) for time in times] == expected


@pytest.mark.parametrize(
    ("birthday", "now", "days", "expected"),
    [
        ("1990-03-10", "2026-03-02T23:59:59+00:00", 7, False),
        ("1990-03-10", "2026-03-04T00:00:00+00:00", 7, True),
        ("1990-03-10", "2026-03-03T00:00:00+00:00", 7, False),
        ("1990-03-10", "2026-03-10T23:59:59+00:00", 7, True),
        ("1990-03-10", "2026-03-11T00:00:00+00:00", 7, False),
        ("2000-02-29", "2026-03-01T12:00:00+00:00", 1, True),
        ("2000-02-29", "2026-02-28T12:00:00+00:00", 1, False),
        ("2000-02-29", "2028-02-29T12:00:00+00:00", 1, True),
        ("2000-02-29", "2028-03-01T12:00:00+00:00", 1, False),
        ("1990-01-02", "2026-12-30T12:00:00+00:00", 7, True),
        ("1990-01-02", "2026-06-30T12:00:00+00:00", 365, True),
    ],
)
def test_an_anniversary_lies_in_the_days_from_today_on(birthday: str, now: str, days: int, expected: bool) -> None:
    node = m.Anniversary(BIRTHDAY, days, "UTC")
    assert ask(node, hour(now), row(0, birthday=dt.date.fromisoformat(birthday))) is expected


def test_an_anniversary_of_nothing_is_unknown() -> None:
    assert ask(m.Anniversary(BIRTHDAY, 7, "UTC"), 1) is None


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Pacific/Kiritimati", True), ("UTC", False), ("No/Zone", False), ("+14:00", False), ("", False), ("EST", False), (None, False)],
)
def test_today_is_the_customers_own_day_and_the_default_zones_where_theirs_is_none(zone: str | None, expected: bool) -> None:
    """At noon of the 9th, UTC, it is the 10th already in Kiritimati; the default zone is UTC."""
    assert SHOP.default_zone == "UTC"
    node = m.Anniversary(BIRTHDAY, 1, "customer")
    said = row(0, birthday=dt.date(1990, 3, 10), time_zone=zone)
    assert ask(node, hour("2026-03-09T12:00:00+00:00"), said) is expected


def test_the_zone_is_the_one_the_customer_has_at_the_instant() -> None:
    node = m.Anniversary(BIRTHDAY, 1, "customer")
    rows = (
        row(0, birthday=dt.date(1990, 3, 10)),
        row(hour("2026-03-09T11:00:00+00:00"), position=1, birthday=dt.date(1990, 3, 10), time_zone="Pacific/Kiritimati"),
    )
    assert ask(node, hour("2026-03-09T10:59:59+00:00"), *rows) is False
    assert ask(node, hour("2026-03-09T11:00:00+00:00"), *rows) is True


def test_a_zone_is_a_name_that_python_and_java_both_know() -> None:
    assert [is_zone(name) for name in ("Europe/Berlin", "UTC", "GMT", "EST", "+02:00", "", None, 5)] == [True, True, True, *[False] * 5]
