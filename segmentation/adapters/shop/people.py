"""Who the customers of the embedded shop are: their habits, their row in the CRM, and how that row changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from segmentation.issues import EngineError


@dataclass(frozen=True)
class Habit:
    """How a kind of customer behaves. Days count from the shop's first; spans are (earliest, latest), chosen from evenly.

    share: customers of this kind among 100. orders, carts: parts of the visits that end so. totals: of an order, in whole units of money.
    reads: part of the mails opened. absent: a span of days without visits and reading.
    """

    share: int
    visit_every: float
    orders: float
    carts: float
    totals: tuple[int, int]
    reads: float
    first_day: tuple[int, int] = (0, 6)
    last_day: tuple[int, int] = (999, 999)
    absent: tuple[int, int] | None = None


HABITS: dict[str, Habit] = {
    "collector": Habit(10, visit_every=6, orders=0.50, carts=0.2, totals=(150, 480), reads=0.85),
    "admirer": Habit(6, visit_every=6, orders=0.45, carts=0.2, totals=(190, 420), reads=0.75, last_day=(20, 40)),
    "regular": Habit(14, visit_every=5, orders=0.55, carts=0.1, totals=(15, 120), reads=0.40),
    "occasional": Habit(22, visit_every=9, orders=0.30, carts=0.3, totals=(20, 160), reads=0.30),
    "leaver": Habit(14, visit_every=5, orders=0.40, carts=0.2, totals=(20, 140), reads=0.60, last_day=(14, 38)),
    "browser": Habit(16, visit_every=8, orders=0.00, carts=0.5, totals=(20, 90), reads=0.20),
    "newcomer": Habit(12, visit_every=5, orders=0.35, carts=0.3, totals=(20, 180), reads=0.50, first_day=(15, 56)),
    "returner": Habit(6, visit_every=5, orders=0.50, carts=0.1, totals=(30, 150), reads=0.50, absent=(10, 45)),
}

COUNTRIES = {
    "Germany": "Europe/Berlin",
    "France": "Europe/Paris",
    "Ireland": "Europe/Dublin",
    "Japan": "Asia/Tokyo",
    "Brazil": "America/Sao_Paulo",
    "United States": "America/New_York",
}
INTERESTS = ("books", "garden", "kitchen", "music", "outdoor", "travel")
TIERS = ("bronze", "silver", "gold", "platinum")


@dataclass(frozen=True)
class CustomerRow:
    """A row of the CRM table as it stands from `updated_at` on."""

    customer_id: str
    tier: str
    country: str
    birthday: date | None
    interests: tuple[str, ...]
    time_zone: str
    updated_at: datetime


@dataclass(frozen=True)
class Person:
    """A customer; days count from the shop's first. `rows`: the states of their CRM row in the order of time."""

    customer_id: str
    habit: Habit
    first_day: int
    last_day: int
    rows: tuple[CustomerRow, ...]

    def is_around(self, day: float) -> bool:
        is_absent = self.habit.absent is not None and self.habit.absent[0] <= day < self.habit.absent[1]
        return self.first_day <= day < self.last_day and not is_absent


def generator(seed: int, *what: object) -> Random:
    """An own source of chance for everything: one customer's life does not depend on how many others there are."""
    return Random(":".join(map(str, (seed, *what))))


def create_person(seed: int, number: int, start: datetime, days: int) -> Person:
    """Customer `number` of the shop that opens at `start`; number 1 is left to the guide (story.py)."""
    chance = generator(seed, "person", number)
    habit = _pick_habit(chance)
    customer_id = f"c{number:05d}"
    first_day = chance.randint(*habit.first_day) if days > habit.first_day[1] else 0
    rows = _rows(chance, customer_id, start + timedelta(days=first_day), start + timedelta(days=days))
    return Person(customer_id, habit, first_day, chance.randint(*habit.last_day), tuple(rows))


def _pick_habit(chance: Random) -> Habit:
    drawn = chance.randrange(100)
    for habit in HABITS.values():
        drawn -= habit.share
        if drawn < 0:
            return habit
    raise EngineError("the shares of the habits do not add up to 100")


def _rows(chance: Random, customer_id: str, since: datetime, until: datetime) -> Iterator[CustomerRow]:
    """The first row, and sometimes a promotion, a move, or other interests later."""
    country = chance.choice(list(COUNTRIES))
    row = CustomerRow(
        customer_id=customer_id,
        tier=chance.choices(TIERS, (55, 28, 13, 4))[0],
        country=country,
        birthday=_birthday(chance),
        interests=tuple(sorted(chance.sample(INTERESTS, chance.randint(0, 3)))),
        time_zone=COUNTRIES[country],
        updated_at=since + timedelta(seconds=chance.randrange(3600)),
    )
    yield row
    at = row.updated_at
    while chance.random() < 0.4:
        at += timedelta(days=chance.uniform(2, 30))
        if at >= until:
            return
        row = replace(_change(chance, row), updated_at=at.replace(microsecond=0))
        yield row


def _birthday(chance: Random) -> date | None:
    if chance.random() < 0.1:
        return None
    return date(1950, 1, 1) + timedelta(days=chance.randrange(365 * 55))


def _change(chance: Random, row: CustomerRow) -> CustomerRow:
    kind = chance.random()
    if kind < 0.6:
        step = 1 if chance.random() < 0.8 else -1
        return replace(row, tier=TIERS[min(max(TIERS.index(row.tier) + step, 0), len(TIERS) - 1)])
    if kind < 0.75:
        country = chance.choice(list(COUNTRIES))
        return replace(row, country=country, time_zone=COUNTRIES[country])
    return replace(row, interests=tuple(sorted(chance.sample(INTERESTS, chance.randint(0, 3)))))
