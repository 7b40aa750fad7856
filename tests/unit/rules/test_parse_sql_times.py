"""Time in SQL means what Spark would say if at were now and the zone of the session the segment's: checked beside plain date arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.unit.rules.reading import answer, read_sql

DAY, HOUR, MICRO = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)


class Now(NamedTuple):
    """What a reference sees: x and at as instants, b as a date, and the zone."""

    x: datetime
    b: date
    at: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.at.astimezone(self.zone).date()

    @property
    def day(self) -> date:
        return self.x.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


FIXED = datetime(2026, 3, 29, 12, tzinfo=UTC)
REFERENCE: dict[str, Callable[[Now], bool]] = {
    "seen_at > at - interval 2 days": lambda now: now.x > now.at - 2 * DAY,
    "seen_at >= at - interval '48' hours": lambda now: now.x >= now.at - 2 * DAY,
    "seen_at < at - interval '2 days'": lambda now: now.x < now.at - 2 * DAY,
    "seen_at <= current_timestamp() - interval 1 day 24 hours": lambda now: now.x <= now.at - 2 * DAY,
    "at - interval 2 days = seen_at": lambda now: now.x == now.at - 2 * DAY,
    "seen_at <> at - interval 2 days": lambda now: now.x != now.at - 2 * DAY,
    "seen_at <= at": lambda now: now.x <= now.at,
    "seen_at < at": lambda now: now.x < now.at,
    "at < seen_at": lambda now: now.x > now.at,
    "seen_at < at + interval 3 hours": lambda now: now.x < now.at + 3 * HOUR,
    "seen_at <= at + interval 3 hours": lambda now: now.x <= now.at + 3 * HOUR,
    "seen_at > at + interval 3 hours": lambda now: now.x > now.at + 3 * HOUR,
    "seen_at + interval 3 hours <= at": lambda now: now.x + 3 * HOUR <= now.at,
    "seen_at - interval 3 hours > now()": lambda now: now.x - 3 * HOUR > now.at,
    "at - seen_at < interval 3 hours": lambda now: now.at - now.x < 3 * HOUR,
    "interval 3 hours >= at - seen_at": lambda now: now.at - now.x <= 3 * HOUR,
    "seen_at - at > interval 3 hours": lambda now: now.x - now.at > 3 * HOUR,
    "seen_at between at - interval 2 days and at": lambda now: now.at - 2 * DAY <= now.x <= now.at,
    "seen_at not between at - interval 2 days and at": lambda now: not now.at - 2 * DAY <= now.x <= now.at,
    "timestampdiff(day, seen_at, at) >= 2": lambda now: now.at - now.x >= 2 * DAY,
    "timestampdiff(hour, seen_at, at) < 3": lambda now: now.at - now.x < 3 * HOUR,
    "timestampdiff(hour, seen_at, at) > 3": lambda now: now.at - now.x >= 4 * HOUR,
    "timestampdiff(hour, seen_at, at) <= 3": lambda now: now.at - now.x < 4 * HOUR,
    "seen_at >= current_date - interval 2 days": lambda now: now.x >= now.midnight(now.today - 2 * DAY),
    "seen_at > current_date - interval 2 days": lambda now: now.x > now.midnight(now.today - 2 * DAY),
    "seen_at <= current_date() - 2": lambda now: now.x <= now.midnight(now.today - 2 * DAY),
    "seen_at < date_sub(current_date, 2)": lambda now: now.x < now.midnight(now.today - 2 * DAY),
    "seen_at < date_add(at, 1)": lambda now: now.x < now.midnight(now.today + DAY),
    "seen_at = current_date": lambda now: now.x == now.midnight(now.today),
    "to_date(seen_at) = current_date": lambda now: now.day == now.today,
    "to_date(seen_at) <> to_date(at)": lambda now: now.day != now.today,
    "cast(seen_at as date) > current_date - 2": lambda now: now.day > now.today - 2 * DAY,
    "date(seen_at) <= current_date - 2": lambda now: now.day <= now.today - 2 * DAY,
    "datediff(current_date, seen_at) <= 1": lambda now: (now.today - now.day).days <= 1,
    "datediff(at, seen_at) > 1": lambda now: (now.today - now.day).days > 1,
    "datediff(seen_at, at) = 1": lambda now: (now.day - now.today).days == 1,
    "birthday >= current_date": lambda now: now.b >= now.today,
    "birthday > current_date - interval 1 day": lambda now: now.b > now.today - DAY,
    "birthday <= current_date + interval 1 week": lambda now: now.b <= now.today + 7 * DAY,
    "birthday + 2 < current_date": lambda now: now.b + 2 * DAY < now.today,
    "current_date - birthday <= interval 1 day": lambda now: now.today - now.b <= DAY,
    "datediff(birthday, current_date) between 0 and 1": lambda now: 0 <= (now.b - now.today).days <= 1,
    "birthday = date '2026-03-29'": lambda now: now.b == date(2026, 3, 29),
    "birthday <> '2026-03-29'": lambda now: now.b != date(2026, 3, 29),
    "birthday > date '2026-03-28' + interval 1 day": lambda now: now.b > date(2026, 3, 29),
    "seen_at >= date '2026-03-29'": lambda now: now.x >= now.midnight(date(2026, 3, 29)),
    "seen_at > date '2026-03-29'": lambda now: now.x > now.midnight(date(2026, 3, 29)),
    "seen_at <= '2026-03-29'": lambda now: now.x <= now.midnight(date(2026, 3, 29)),
    "seen_at < date '2026-03-29'": lambda now: now.x < now.midnight(date(2026, 3, 29)),
    "to_date(seen_at) = date '2026-03-29'": lambda now: now.day == date(2026, 3, 29),
    "to_date(seen_at) > date '2026-03-29'": lambda now: now.day > date(2026, 3, 29),
    "seen_at >= timestamp '2026-03-29 12:00:00Z'": lambda now: now.x >= FIXED,
    "seen_at + interval 1 hour > '2026-03-29T12:00:00Z'": lambda now: now.x + HOUR > FIXED,
    "at >= timestamp '2026-03-29T12:00:00Z'": lambda now: now.at >= FIXED,
    "timestamp '2026-03-29T12:00:00Z' > at + interval 1 hour": lambda now: now.at + HOUR < FIXED,
    "current_date > date '2026-03-29'": lambda now: now.today > date(2026, 3, 29),
    "current_date <= date '2026-03-29'": lambda now: now.today <= date(2026, 3, 29),
    "current_date = date '2026-03-29'": lambda now: now.today == date(2026, 3, 29),
    "seen_at >= date_trunc('month', at)": lambda now: now.x >= now.midnight(now.today.replace(day=1)),
    "seen_at < trunc(current_date, 'MM')": lambda now: now.x < now.midnight(now.today.replace(day=1)),
    "to_date(seen_at) >= date_trunc('week', current_date)": lambda now: now.day >= now.today - now.today.weekday() * DAY,
    "greatest(seen_at, other_at) > at - interval 3 hours": lambda now: max(now.x, FIXED) > now.at - 3 * HOUR,
    "seen_at > other_at": lambda now: now.x > FIXED,
    "seen_at is not null and seen_at = seen_at": lambda _: True,
}
INSTANTS = [
    base + offset
    for base in (
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 3, 27, tzinfo=UTC),
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )
    for offset in (-HOUR, -MICRO, 0 * HOUR, MICRO, 3 * HOUR, 12 * HOUR)
]
BIRTHDAYS = [date(2026, 3, 26) + step * DAY for step in range(6)]


def micros(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // MICRO


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("text", REFERENCE)
def test_a_time_in_sql_means_what_date_arithmetic_says(text: str, zone: str) -> None:
    condition = read_sql(text, zone)
    for number, at in enumerate(INSTANTS):
        for x in INSTANTS:
            now = Now(x, BIRTHDAYS[number % len(BIRTHDAYS)], at, ZoneInfo(zone))
            found = answer(condition, micros(at), seen_at=micros(x), birthday=now.b, other_at=micros(FIXED))
            assert found is REFERENCE[text](now), f"x={x} b={now.b} at={at}"


@pytest.mark.parametrize("text", [text for text in REFERENCE if "seen_at" in text and "is not null" not in text and "greatest" not in text])
def test_a_missing_time_is_unknown(text: str) -> None:
    assert answer(read_sql(text), micros(FIXED), seen_at=None) is None
