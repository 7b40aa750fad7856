"""The guide through the embedded shop: one customer whose 60 days are written by hand, to be followed segment by segment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from segmentation.adapters.shop.behaviour import Diary
from segmentation.adapters.shop.people import CustomerRow, Habit, Person

GUIDE = "c00001"
ORDERS = ((4, 180, "paid"), (9, 310, "paid"), (12, 450, "refunded"), (18, 420, "paid"), (58, 60, "paid"))
"""(day, whole units of money, what becomes of it). New on day 4, VIP on day 9, then silence after day 18: on day 39 churned, but outranked by
VIP until on day 48 the last order leaves the 30 days; won back on day 58."""
CARTS = (30,)
LETTERS = tuple(range(2, 60, 6))
READ_UNTIL = 34


def create_guide(start: datetime) -> Person:
    since = start + timedelta(days=1, hours=9)
    birthday = (start + timedelta(days=50)).date()
    row = CustomerRow(GUIDE, "silver", "Japan", date(1990, birthday.month, birthday.day), ("outdoor",), "Asia/Tokyo", since)
    promoted = replace(row, tier="gold", updated_at=start + timedelta(days=20, hours=12))
    habit = Habit(share=0, visit_every=0, orders=0, carts=0, totals=(0, 0), reads=1)
    return Person(GUIDE, habit, 1, READ_UNTIL, (row, promoted))


def write_guide(start: datetime, days: int) -> Diary:
    """The guide's diary, cut where the shop ends."""
    diary = Diary(GUIDE, start + timedelta(days=days), [], [])
    for day, total, end in ORDERS:
        at = start + timedelta(days=day, hours=10)
        diary.note("web", "session_started", at - timedelta(minutes=9), device="phone", channel="direct")
        diary.note("web", "cart_updated", at - timedelta(minutes=5), cart_id=f"cart-{GUIDE}-{day}", value=total, items=2)
        paid_at = at + timedelta(hours=1)
        diary.order(at, total * 100, ("paid", paid_at), *([(end, at + timedelta(days=5))] if end != "paid" else []))
    for day in CARTS:
        at = start + timedelta(days=day, hours=20)
        diary.note("web", "cart_updated", at, cart_id=f"cart-{GUIDE}-{day}", value=75, items=1)
    for number, day in enumerate(LETTERS):
        at = start + timedelta(days=day, hours=7)
        diary.note("email", "email_delivered", at, message_id=f"letter-{number}-{GUIDE}", campaign=f"letter-{number}")
        if day < READ_UNTIL:
            diary.note("email", "email_opened", at + timedelta(hours=2), message_id=f"letter-{number}-{GUIDE}", machine_open=False)
    return diary
