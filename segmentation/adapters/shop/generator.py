"""The embedded shop, day by day: the same seed gives the same days, on any machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from segmentation.adapters.shop.arrivals import Arrival, Trouble, count_kinds, send
from segmentation.adapters.shop.behaviour import Diary, OrderRow, live
from segmentation.adapters.shop.faults import MALFORMED
from segmentation.adapters.shop.people import CustomerRow, Person, create_person, generator
from segmentation.adapters.shop.story import GUIDE, create_guide, write_guide

END = datetime(2026, 3, 2, tzinfo=UTC)
"""The instant at which every shop closes, however many days it was open."""
SOURCES = ("web", "email")


@dataclass(frozen=True)
class Counts:
    """What must be found after ingestion: lines = events + duplicates + quarantined; late, ahead and conflicts are among the events."""

    lines: int
    events: int
    late: int
    ahead: int
    duplicates: int
    conflicts: int
    quarantined: int
    malformed: Mapping[str, int]
    """How many of each kind were quarantined, by the names of faults.MALFORMED."""


@dataclass(frozen=True)
class Day:
    """What reaches the shop's systems on one day (UTC): lines in the order of arrival, and the rows that changed in its tables."""

    date: date
    arrivals: tuple[Arrival, ...]
    orders: tuple[OrderRow, ...]
    customers: tuple[CustomerRow, ...]

    def lines(self, source: str) -> list[str]:
        return [arrival.line for arrival in self.arrivals if arrival.source == source]

    @property
    def counts(self) -> Counts:
        return count([self])


@dataclass(frozen=True)
class Shop:
    """`guide` is a customer with a story worth telling: story.py."""

    people: tuple[Person, ...]
    start: datetime
    all_days: tuple[Day, ...]
    guide: str = GUIDE

    def days(self) -> Iterator[Day]:
        return iter(self.all_days)

    def steps(self, days: int) -> Iterator[tuple[Day, ...]]:
        """The days in bundles, each to be written and processed at once; the last may be shorter."""
        for first in range(0, len(self.all_days), days):
            yield self.all_days[first : first + days]

    def customers_on(self, day: date) -> list[CustomerRow]:
        """The CRM table as it stands at the end of a day: the latest row of everybody who is in it by then."""
        known = ([row for row in person.rows if row.updated_at.date() <= day] for person in self.people)
        return [rows[-1] for rows in known if rows]

    @cached_property
    def counts(self) -> Counts:
        return count(self.all_days)


def shop(seed: int = 1, customers: int = 2000, days: int = 60) -> Shop:
    """A shop of so many customers that was open for so many days, until END. Takes about three seconds for 2,000 customers."""
    start = END - timedelta(days=days)
    people = (create_guide(start), *(create_person(seed, number, start, days) for number in range(2, customers + 1)))
    diaries = [_write(person, seed, start, days) for person in people]
    happenings = sorted((one for diary in diaries for one in diary.happenings), key=lambda one: (one.occurred_at, one.event_id))
    trouble = Trouble(
        ahead=len(happenings) // 400 + 1,
        duplicates=len(happenings) // 80 + 1,
        conflicts=len(happenings) // 1000 + 1,
        malformed=customers // 200 + 1,
    )
    arrivals = send(happenings, trouble, generator(seed, "arrivals"), END)
    return Shop(people, start, tuple(_cut(start, days, arrivals, diaries, people)))


def _write(person: Person, seed: int, start: datetime, days: int) -> Diary:
    if person.customer_id == GUIDE:
        return write_guide(start, days)
    return live(person, generator(seed, "diary", person.customer_id), start, days)


def _cut(start: datetime, days: int, arrivals: Sequence[Arrival], diaries: Sequence[Diary], people: Sequence[Person]) -> Iterator[Day]:
    """The shop's days. What arrives before the opening (a clock that is fast) is there on the first."""
    arrived, orders, rows = defaultdict(list), defaultdict(list), defaultdict(list)
    for arrival in arrivals:
        arrived[max(arrival.at, start).date()].append(arrival)
    for order in sorted((row for diary in diaries for row in diary.orders), key=lambda row: (row.updated_at, row.order_id)):
        orders[order.updated_at.date()].append(order)
    for row in sorted((row for person in people for row in person.rows), key=lambda row: (row.updated_at, row.customer_id)):
        rows[row.updated_at.date()].append(row)
    for number in range(days):
        day = (start + timedelta(days=number)).date()
        yield Day(day, tuple(arrived[day]), tuple(orders[day]), tuple(rows[day]))


def count(days: Iterable[Day]) -> Counts:
    """What the lines of some days amount to, when no others were read before. A duplicate may lie in a later step than its first."""
    kinds = count_kinds(arrival for day in days for arrival in day.arrivals)
    malformed = {kind: kinds.get(kind, 0) for kind in MALFORMED}
    quarantined, lines, duplicates = sum(malformed.values()), sum(kinds.values()), kinds.get("duplicate", 0)
    return Counts(
        lines=lines,
        events=lines - duplicates - quarantined,
        late=kinds.get("late", 0),
        ahead=kinds.get("ahead", 0),
        duplicates=duplicates,
        conflicts=kinds.get("conflict", 0),
        quarantined=quarantined,
        malformed=malformed,
    )
