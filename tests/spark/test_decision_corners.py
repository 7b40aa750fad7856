"""Corners that only few generated cases reach: matches that end, numbers as wide as Spark's widest, a zone named twice at one instant,
medians of hundreds of values."""

from __future__ import annotations

from decimal import Decimal
from statistics import median as middle_of
from typing import Any

import pytest

from segmentation.rules import model as m
from segmentation.rules.facts import Fact
from segmentation.rules.interpret import hash_content
from segmentation.rules.types import INTEGER, RATIO, STRING, decimal
from tests.property.generated_facts import BASE, DAY, HOUR, VOCABULARY
from tests.property.strategies import always
from tests.property.test_two_readings import decided_by_interpreter, decided_by_spark

pytestmark = pytest.mark.spark
TOTAL = m.Aggregate("sum", m.Selection("shop_bought", ("shop_bought",)), "huge", decimal(38, 4))


def matched(event: str, on: str = "key", newest: int | None = None) -> m.Condition:
    match = m.Match(event, on, STRING if on == "key" else INTEGER if on == "items" else decimal(12, 2))
    return m.Did(m.Selection("shop_viewed", ("shop_viewed",), newest=newest, matched_by=match))


def total(op: str, operand: Any) -> m.Condition:
    return m.Compare(TOTAL, m.Comparison(op, operand))


def happened(kind: str, hour: int, **properties: Any) -> Fact:
    at = BASE + hour * HOUR
    return Fact(kind, "event", f"{kind}-{hour}", at, at, None, properties, content_hash=hash_content(properties))


def order(hour: int, start: int, until: int | None, position: int, *, is_deleted: bool = False, **properties: Any) -> Fact:
    end = None if until is None else BASE + until * HOUR
    return Fact("orders", "table", "o1", BASE + hour * HOUR, BASE + start * HOUR, end, properties, position, is_deleted)


def opened(number: int) -> Fact:
    """One each quarter of an hour; values come back."""
    at = BASE + number * HOUR // 4
    return Fact("mailed", "event", f"opened-{number}", at, at, None, {"items": pow(11, number, 1009) % 101}, content_hash=number)


def median(hours: int | None) -> m.Condition:
    selection = m.Selection("mailed", ("mailed",), window=m.Window(within=hours * HOUR if hours else None))
    return m.Compare(m.Aggregate("median", selection, "items", RATIO), m.Comparison("above", MIDDLE))


def said(place: str, hour: int, zone: str) -> Fact:
    at = BASE + hour * HOUR
    cause = "event" if place == "identified" else "attribute"
    return Fact(place, cause, f"{place}-{hour}", at, at, None, {"time_zone": zone}, position=1)


MIDDLE = Decimal(50)
RULES = {
    "median_of_some_hours": median(7),
    "median_of_two_days": median(48),
    "median_of_all": median(None),
    "matched_by_an_event": matched("mailed"),
    "matched_by_a_row": matched("orders"),
    "newest_matched_by_a_row": matched("orders", newest=1),
    "matched_by_a_number": matched("mailed", "amount"),
    "above": total("above", Decimal("50.00006")),
    "at_least": total("at_least", Decimal("50.00014")),
    "is_between_its_values": total("is", Decimal("50.00014")),
    "is_not": total("is_not", Decimal("50.00014")),
    "in": total("in", (Decimal("50.00014"), Decimal("50.0001"))),
    "between": total("between", (Decimal("50.00006"), Decimal("50.00014"))),
    "above_the_smallest": total("above", -(Decimal(10) ** 36)),
    "below_the_largest": total("below", Decimal(10) ** 36),
    "at_least_the_largest": total("at_least", Decimal(10) ** 36),
    "viewed_on_this_local_day": m.Did(m.Selection("shop_viewed", ("shop_viewed",), window=m.Window(since=m.Since(unit="day", zone="customer")))),
}
FACTS = {
    "ann": [
        happened("shop_viewed", 1, key="k1"),
        order(2, 5, 10, 1, key="k1"),  # captured three hours after the order was placed
        order(2, 10, 10, 2, key="k2"),  # superseded as soon as it begins
        order(2, 10, 20, 3, key="k2"),
        order(2, 20, 30, 4, key="k1"),
        order(2, 30, None, 5, is_deleted=True, key="k1"),
    ],
    "bea": [happened("shop_viewed", 1, key="k1", amount=Decimal("3.00")), happened("mailed", 4, key="k1", amount=Decimal("3.00"))],
    "cas": [happened("shop_bought", 1, huge=Decimal("50.0001"))],
    "dan": [said("identified", 0, "Pacific/Kiritimati"), said("crm", 0, "Asia/Kolkata"), happened("shop_viewed", 2)],
    "eve": [opened(number) for number in range(330)],
}


@pytest.fixture(scope="module")
def found(spark) -> dict[str, list[tuple[str, int, str]]]:
    in_force = (always(m.RuleSet(tuple(m.SegmentRule(*each) for each in RULES.items()), ())),)
    span = (BASE - DAY, BASE + 4 * DAY)
    decided = decided_by_spark(spark, in_force, VOCABULARY, FACTS, *span)
    assert decided == decided_by_interpreter(in_force, VOCABULARY, FACTS, *span)
    moved: dict[str, list[tuple[str, int, str]]] = {slug: [] for slug in RULES}
    for customer, at, slug, status, *_ in sorted(decided):
        moved[slug].append((customer, (at - BASE) // HOUR, status))
    return moved


def test_a_match_with_an_event_is_for_ever(found):
    assert found["matched_by_an_event"] == [("bea", 4, "active")]


@pytest.mark.parametrize("slug", ["matched_by_a_row", "newest_matched_by_a_row"])
def test_a_match_with_a_row_begins_with_a_version_that_says_so_and_ends_with_it(found, slug):
    assert found[slug] == [("ann", 5, "active"), ("ann", 10, "none"), ("ann", 20, "active"), ("ann", 30, "none")]


def test_numbers_match_whatever_their_places(found):
    assert found["matched_by_a_number"] == [("bea", 4, "active")]


@pytest.mark.parametrize("slug", ["above", "is_not", "in", "between", "above_the_smallest", "below_the_largest"])
def test_a_bound_with_more_places_than_the_total_is_not_rounded(found, slug):
    assert found[slug].count(("cas", 1, "active")) == 1


@pytest.mark.parametrize("slug", ["at_least", "is_between_its_values", "at_least_the_largest"])
def test_a_total_is_no_bound_that_it_cannot_reach(found, slug):
    assert not [row for row in found[slug] if row[0] == "cas"]


def test_of_two_zones_named_at_one_instant_the_later_declared_place_counts(found):
    """Local midnight of Kolkata is at 18:30; on Kiritimati's clocks the view would be forgotten at 10:00."""
    assert found["viewed_on_this_local_day"][-2:] == [("dan", 2, "active"), ("dan", 18, "none")]


@pytest.mark.parametrize(("slug", "hours"), [("median_of_some_hours", 7), ("median_of_two_days", 48), ("median_of_all", 999)])
def test_the_median_of_hundreds_of_values_is_the_one_in_the_middle_at_every_instant(found, slug, hours):
    """By hand; facts leave at instants at which others enter, or when there are no more to come."""
    facts, moved, was = FACTS["eve"], [], False
    for at in sorted({fact.occurred_at + wait for fact in facts for wait in (0, hours * HOUR)}):
        inside = [fact.properties["items"] for fact in facts if at - hours * HOUR < fact.occurred_at <= at]
        if (is_above := bool(inside) and middle_of(inside) > MIDDLE) != was and at <= BASE + 4 * DAY:
            moved.append(("eve", (at - BASE) // HOUR, "active" if is_above else "none"))
        was = is_above
    assert found[slug] == moved
    assert len(moved) > 2
