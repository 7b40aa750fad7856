"""What the customers of the embedded shop do: visits, carts, orders and mail, in the order in which it happens to each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from segmentation.adapters.shop.people import INTERESTS, Person


@dataclass(frozen=True)
class Happening:
    """One event as it was, before anything went wrong on the way. `source`: web or email."""

    source: str
    event: str
    event_id: str
    customer_id: str
    occurred_at: datetime
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class OrderRow:
    """A row of the orders table as it stands from `updated_at` on; `total` in cents."""

    order_id: str
    customer_id: str
    ordered_at: datetime
    total: int
    status: str
    channel: str
    updated_at: datetime


@dataclass
class Diary:
    """What happens to one person, while it is written; ids count per person."""

    customer_id: str
    until: datetime
    happenings: list[Happening]
    orders: list[OrderRow]

    def note(self, source: str, event: str, at: datetime, **properties: Any) -> None:
        if at < self.until:
            event_id = f"{self.customer_id}-{len(self.happenings):04d}"
            self.happenings.append(Happening(source, event, event_id, self.customer_id, at, properties))

    def order(self, at: datetime, total: int, *changes: tuple[str, datetime]) -> None:
        """An order placed at `at` and its later changes of status (status, instant); those after the end never come."""
        order_id = f"o-{self.customer_id}-{len({row.order_id for row in self.orders}):03d}"
        row = OrderRow(order_id, self.customer_id, at, total, "placed", "web", at)
        states = (row, *(replace(row, status=status, updated_at=changed_at) for status, changed_at in changes))
        self.orders.extend(state for state in states if state.updated_at < self.until)


def live(person: Person, chance: Random, start: datetime, days: int) -> Diary:
    """The diary of one person from the opening of the shop to its last day."""
    diary = Diary(person.customer_id, start + timedelta(days=days), [], [])
    for at in _visits(person, chance, start, days):
        _visit(diary, person, chance, at)
    for number, day in enumerate(range(2, days, 6)):
        if person.first_day <= day:
            at = start + timedelta(days=day, hours=6, seconds=chance.randrange(7200))
            _mail(diary, chance, at, f"letter-{number}", person.habit.reads if person.is_around(day) else 0.0)
    if chance.random() < 0.15:
        at = start + timedelta(days=chance.uniform(person.first_day, days), milliseconds=chance.randrange(1000))
        diary.note("web", "preferences_set", _to_milliseconds(at), language=chance.choice(["de", "en", "fr"]), newsletter=chance.random() < 0.6)
    return diary


def _visits(person: Person, chance: Random, start: datetime, days: int) -> Iterator[datetime]:
    day = person.first_day + chance.uniform(0.3, 1)
    while day < days:
        if person.is_around(day):
            yield _to_milliseconds(start + timedelta(days=day))
        day += chance.expovariate(1 / person.habit.visit_every)


def _to_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _visit(diary: Diary, person: Person, chance: Random, at: datetime) -> None:
    diary.note(
        "web", "session_started", at, device=chance.choice(["phone", "tablet", "desktop"]), channel=chance.choice(["search", "direct", "mail"])
    )
    if chance.random() < 0.4:
        diary.note("web", "page_viewed", at + timedelta(seconds=20), page="/", seconds=chance.randint(1, 90))
    favourite = (person.rows[0].interests or INTERESTS)[0]
    for number in range(chance.randint(0, 2)):
        category = favourite if chance.random() < 0.6 else chance.choice(INTERESTS)
        product = f"{category}-{chance.randint(1, 40)}"
        viewed_at = at + timedelta(seconds=60 + 30 * number)
        diary.note("web", "product_viewed", viewed_at, product_id=product, category=category, price=chance.randint(500, 9000) / 100)
    _shop(diary, person, chance, at + timedelta(minutes=5))


def _shop(diary: Diary, person: Person, chance: Random, at: datetime) -> None:
    """A cart and perhaps an order: placed, then paid, or cancelled; sometimes refunded after days."""
    drawn = chance.random()
    if drawn >= person.habit.orders + person.habit.carts:
        return
    total = chance.randint(*person.habit.totals) * 100 + chance.choice([0, 50, 90, 99])
    diary.note("web", "cart_updated", at, cart_id=f"cart-{diary.customer_id}-{at:%m%d%H%M}", value=total / 100, items=chance.randint(1, 6))
    if drawn >= person.habit.orders:
        return
    placed_at = at + timedelta(minutes=chance.randint(2, 40))
    end = chance.random()
    if end < 0.06:
        diary.order(placed_at, total, ("cancelled", placed_at + timedelta(hours=chance.randint(1, 40))))
        return
    paid_at = placed_at + timedelta(minutes=chance.randint(1, 900))
    refunded = [("refunded", paid_at + timedelta(days=chance.randint(2, 12), hours=3))] if end < 0.13 else []
    diary.order(placed_at, total, ("paid", paid_at), *refunded)


def _mail(diary: Diary, chance: Random, at: datetime, campaign: str, reads: float) -> None:
    """One of the regular mails: delivered or bounced; opened by the reader, or by a program that loads images."""
    message_id = f"{campaign}-{diary.customer_id}"
    if chance.random() < 0.01:
        diary.note("email", "email_bounced", at, message_id=message_id, hard=chance.random() < 0.5)
        return
    diary.note("email", "email_delivered", at, message_id=message_id, campaign=campaign)
    if chance.random() < 0.08:
        diary.note("email", "email_opened", at + timedelta(seconds=2), message_id=message_id, machine_open=True)
    if chance.random() < reads:
        opened_at = at + timedelta(seconds=chance.randrange(60, 100_000))
        diary.note("email", "email_opened", opened_at, message_id=message_id, machine_open=False)
        if chance.random() < 0.3:
            diary.note("email", "email_clicked", opened_at + timedelta(seconds=30), message_id=message_id, link="offer")
