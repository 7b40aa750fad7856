"""The embedded shop: the same from the same seed, and its faults in the numbers that it names."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from segmentation.adapters.shop.faults import MALFORMED
from segmentation.adapters.shop.generator import END, Shop, count, shop
from segmentation.adapters.shop.people import HABITS


@pytest.fixture(scope="module")
def small() -> Shop:
    return shop(seed=1, customers=200, days=60)


def read_envelopes(given: Shop) -> list[dict]:
    clean = [arrival.line for day in given.days() for arrival in day.arrivals if arrival.kind not in MALFORMED]
    return [json.loads(line) for line in clean]


def test_the_same_seed_gives_the_same_days(small: Shop) -> None:
    assert shop(seed=1, customers=200, days=60).all_days == small.all_days


def test_another_seed_gives_other_days(small: Shop) -> None:
    assert shop(seed=2, customers=200, days=60).all_days != small.all_days


def test_a_customer_lives_the_same_life_in_a_larger_shop(small: Shop) -> None:
    larger = shop(seed=1, customers=220, days=60)
    assert larger.people[:200] == small.people
    orders = [row for day in larger.days() for row in day.orders if row.customer_id <= "c00200"]
    assert orders == [row for day in small.days() for row in day.orders]


def test_the_days_follow_each_other_and_end_at_the_fixed_date(small: Shop) -> None:
    dates = [day.date for day in small.days()]
    assert len(dates) == 60
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(dates))
    assert dates[-1] == date(2026, 3, 1)
    assert datetime(2026, 3, 2, tzinfo=UTC) == END


def test_the_shares_of_the_habits_add_up() -> None:
    assert sum(habit.share for habit in HABITS.values()) == 100


def test_the_counts_are_those_of_the_lines_themselves(small: Shop) -> None:
    """Counted anew from the text alone: what nobody told the counter."""
    envelopes = read_envelopes(small)
    by_id: dict[str, set[str]] = {}
    for envelope in envelopes:
        by_id.setdefault(envelope["event_id"], set()).add(json.dumps(envelope, sort_keys=True))
    distinct = sum(map(len, by_id.values()))
    assert small.counts.events == distinct
    assert small.counts.duplicates == len(envelopes) - distinct > 0
    assert small.counts.conflicts == sum(len(copies) - 1 for copies in by_id.values()) > 0
    assert small.counts.ahead == sum(envelope["occurred_at"] > envelope["received_at"] for envelope in envelopes) > 0
    assert small.counts.lines == small.counts.events + small.counts.duplicates + small.counts.quarantined


def test_late_events_arrive_with_the_files_of_a_later_day(small: Shop) -> None:
    first_copies = {arrival.event_id: (day, arrival) for day in reversed(small.all_days) for arrival in reversed(day.arrivals)}
    late = [
        arrival
        for day, arrival in first_copies.values()
        if arrival.kind in ("late", "on time") and json.loads(arrival.line)["occurred_at"][:10] < day.date.isoformat()
    ]
    assert len(late) == small.counts.late > 0


def test_every_kind_of_fault_occurs_in_the_same_known_number(small: Shop) -> None:
    assert dict(small.counts.malformed) == dict.fromkeys(MALFORMED, 200 // 200 + 1)
    assert small.counts.quarantined == 2 * len(MALFORMED)


def test_the_counts_of_the_days_add_up_to_those_of_the_shop(small: Shop) -> None:
    assert sum(day.counts.lines for day in small.days()) == small.counts.lines
    assert count(small.all_days[:30]).quarantined + count(small.all_days[30:]).quarantined == small.counts.quarantined


def test_arrival_order_is_not_the_order_of_events(small: Shop) -> None:
    arrived = [envelope["occurred_at"] for envelope in read_envelopes(small)]
    assert arrived != sorted(arrived)


def test_nothing_arrives_before_it_is_received_and_nothing_after_the_end(small: Shop) -> None:
    arrivals = [arrival for day in small.days() for arrival in day.arrivals]
    assert max(arrival.at for arrival in arrivals) < END
    assert all(json.loads(arrival.line)["received_at"] <= arrival.at.isoformat() for arrival in arrivals if arrival.kind == "duplicate")


def test_orders_change_after_they_were_placed(small: Shop) -> None:
    last = {row.order_id: row.status for day in small.days() for row in day.orders}
    assert set(Counter(last.values())) == {"placed", "paid", "cancelled", "refunded"}
    assert all(row.ordered_at <= row.updated_at < END for day in small.days() for row in day.orders)


def test_the_customer_table_of_a_day_holds_the_latest_row_of_everybody_known_by_then(small: Shop) -> None:
    day = small.all_days[30].date
    rows = {row.customer_id: row for row in small.customers_on(day)}
    for person in small.people:
        known = [row for row in person.rows if row.updated_at.date() <= day]
        assert rows.get(person.customer_id) == (known[-1] if known else None)
    assert len(small.customers_on(small.all_days[-1].date)) == 200


def test_steps_hold_each_day_once(small: Shop) -> None:
    steps = list(small.steps(7))
    assert [len(step) for step in steps] == [7] * 8 + [4]
    assert tuple(day for step in steps for day in step) == small.all_days
