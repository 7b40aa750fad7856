"""Trait functions and modifiers: what each answers, by hand from the language's tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from segmentation.rules import model as m
from segmentation.rules.facts import Fact
from segmentation.rules.types import INTEGER, RATIO, STRING, TIMESTAMP, Type, array, decimal
from tests.unit.rules.timelines import HOUR, MONEY, euros, event, of, row, score, test_of, total_of, version, within, worth

SUM = decimal(22, 2)


def bought(*totals: str | None, start: int = 1, **more: Any) -> list[Fact]:
    """One purchase an hour; None is a purchase without a total."""
    return [event("bought", start + n, total=None if total is None else euros(total), **more) for n, total in enumerate(totals)]


@pytest.mark.parametrize(
    ("function", "kind", "totals", "expected"),
    [
        ("sum", SUM, ["1.10", None, "2.20"], euros("3.30")),
        ("sum", SUM, [], 0),
        ("sum", SUM, [None], 0),
        ("average", RATIO, ["1.00", None, "2.00"], euros("1.5")),
        ("average", RATIO, ["1.00", "0.00", "0.00"], euros("0.333333")),
        ("average", RATIO, ["2.00", "0.00", "0.00"], euros("0.666667")),
        ("average", RATIO, [], None),
        ("minimum", MONEY, ["5.00", None, "-3.00"], euros("-3")),
        ("maximum", MONEY, ["5.00", None, "-3.00"], euros("5")),
        ("maximum", MONEY, [None], None),
        ("median", RATIO, ["9.00", "1.00", "4.00"], euros("4")),
        ("median", RATIO, ["9.00", "1.00", "4.00", "5.01"], euros("4.505")),
        ("median", RATIO, [], None),
        ("distinct", INTEGER, ["1.00", "1.0", None, "2.00"], 2),
        ("distinct", INTEGER, [], 0),
        ("first", MONEY, ["7.00", "8.00"], euros("7")),
        ("first", MONEY, [None, "8.00"], None),
        ("last", MONEY, ["7.00", "8.00"], euros("8")),
        ("last", MONEY, ["7.00", None], None),
        ("last", MONEY, [], None),
        ("most_frequent", MONEY, ["2.00", "1.00", "2.00", "1.00", "3.00", None, None, None], euros("1")),
        ("most_frequent", MONEY, [None], None),
        ("values", array(MONEY), ["2.00", "1.00", None, "2.0"], (euros("1"), euros("2"))),
        ("values", array(MONEY), [], ()),
    ],
)
def test_a_function_over_a_property(function: str, kind: Type, totals: list[str | None], expected: Any) -> None:
    assert worth(total_of(function, kind=kind), 100, *bought(*totals)) == expected


def test_a_negative_average_is_rounded_half_away_from_zero() -> None:
    value = total_of("average", "items", RATIO)
    facts = [event("bought", n, items=items) for n, items in enumerate((-1, *(0,) * 63))]
    assert worth(value, 100, *facts) == euros("-0.015625")
    assert worth(total_of("average", kind=RATIO), 1000, *bought(*["-0.01"], *["0.00"] * 20_0)) == euros("-0.000050")
    assert worth(m.Ratio(value_of_items(-1), value_of_items(2_000_000), RATIO), 1) == euros("-0.000001")


def value_of_items(count: int) -> m.Value:
    return m.Scalar(str(count), (), INTEGER)


@pytest.mark.parametrize(("counts", "expected"), [((2**63 - 1, 1), None), ((2**63 - 1, 1, -1), 2**63 - 1), ((-(2**63), -1), None)])
def test_an_integer_sum_beyond_64_bits_is_missing_and_only_the_total_counts(counts: tuple[int, ...], expected: int | None) -> None:
    facts = [event("bought", n, items=count) for n, count in enumerate(counts)]
    assert worth(total_of("sum", "items", INTEGER), 100, *facts) == expected
    assert worth(total_of("sum", "items", INTEGER), 100, *facts[::-1]) == expected


def test_a_decimal_keeps_all_of_38_digits_and_one_that_needs_more_is_missing() -> None:
    huge, kind = Decimal("9" * 38), decimal(38, 0)
    assert worth(total_of("sum", "total", kind), 9, event("bought", 1, total=huge)) == huge
    assert worth(total_of("sum", "total", kind), 9, event("bought", 1, total=huge), event("bought", 2, total=Decimal(1))) is None


def test_first_and_last_go_by_time_and_then_by_id() -> None:
    facts = [event("bought", 1, "b", status="b"), event("bought", 1, "c", status="c"), event("bought", 1, "a", status="a")]
    for order in (facts, facts[::-1]):
        assert worth(total_of("first", "status", STRING), 9, *order) == "a"
        assert worth(total_of("last", "status", STRING), 9, *order) == "c"


def test_earliest_and_latest_are_the_times_of_facts() -> None:
    facts = bought("1.00", "2.00", "3.00")
    assert worth(total_of("earliest", None, TIMESTAMP), 2, *facts) == HOUR
    assert worth(total_of("latest", None, TIMESTAMP), 2, *facts) == 2 * HOUR
    assert worth(total_of("latest", None, TIMESTAMP), 0, *facts) is None


def test_texts_are_ordered_by_code_point() -> None:
    facts = [event("bought", n, status=text) for n, text in enumerate(("b", "B", "é", "\uffff", "\U0001f600"))]
    assert worth(total_of("minimum", "status", STRING), 9, *facts) == "B"
    assert worth(total_of("maximum", "status", STRING), 9, *facts) == "\U0001f600"


# ---------------------------------------------------------------- modifiers
def counted(hour: float, *facts: Fact, kind: str = "bought", **modifiers: Any) -> int:
    found: int = worth(total_of("count", None, INTEGER, of(kind, **modifiers)), hour, *facts)
    return found


@pytest.mark.parametrize(("hour", "expected"), [(10, 1), (33.999, 1), (34, 0), (9.999, 0)])
def test_within_leaves_out_its_far_end_and_takes_in_the_near_one(hour: float, expected: int) -> None:
    assert counted(hour, event("bought", 10), window=within(24)) == expected


@pytest.mark.parametrize(("hour", "expected"), [(33.999, 0), (34, 1), (500, 1)])
def test_older_than_takes_in_its_near_end(hour: float, expected: int) -> None:
    assert counted(hour, event("bought", 10), window=m.Window(older_than=24 * HOUR)) == expected


def test_since_takes_in_its_instant() -> None:
    facts = [event("bought", 9), event("bought", 10), event("bought", 11)]
    assert counted(20, *facts, window=m.Window(since=m.Since(instant=10 * HOUR))) == 2


def test_all_parts_of_a_window_hold_together() -> None:
    facts = [event("bought", hour) for hour in range(1, 11)]
    window = m.Window(within=6 * HOUR, older_than=2 * HOUR)
    assert counted(10, *facts, window=window) == 4
    assert counted(10, *facts, window=m.Window(within=2 * HOUR, older_than=6 * HOUR)) == 0


def test_a_fact_passes_where_only_when_the_answer_is_true() -> None:
    facts = [
        event("bought", 1, "a", status="paid"),
        event("bought", 2, "b", status=None),
        event("bought", 3, "c"),
        event("bought", 4, "d", status="x"),
    ]
    assert counted(9, *facts, where=(test_of("status", "is_not", "paid"),)) == 1
    assert counted(9, *facts, where=(test_of("status", "is_not", "paid", if_missing=True),)) == 3
    assert counted(9, *facts, where=(test_of("status", "exists", False),)) == 2


def test_a_dotted_name_reaches_into_nested_properties() -> None:
    facts = [event("viewed", 1, "a", product={"category": "shoes"}), event("viewed", 2, "b", product=None), event("viewed", 3, "c", product={})]
    assert worth(total_of("most_frequent", "product.category", STRING, of("viewed")), 9, *facts) == "shoes"
    assert counted(9, *facts, kind="viewed", where=(test_of("product.category", "is", "shoes"),)) == 1


def test_newest_comes_after_where_and_window_and_matched_by_after_newest() -> None:
    delivered = [event("viewed", hour, f"d{hour}", message_id=f"m{hour}") for hour in (1, 2, 3, 4)]
    opened = [event("view_ended", 8, "o1", message_id="m1"), event("view_ended", 9, "o4", message_id="m4"), event("view_ended", 9, "on")]
    match = m.Match("view_ended", "message_id", STRING)
    assert counted(10, *delivered, *opened, kind="viewed", matched_by=match) == 2
    assert counted(10, *delivered, *opened, kind="viewed", newest=3, matched_by=match) == 1
    assert counted(8.5, *delivered, *opened, kind="viewed", newest=3, matched_by=match) == 0
    assert counted(10, *delivered, *opened, kind="viewed", newest=3, window=m.Window(older_than=7 * HOUR), matched_by=match) == 1


def test_an_event_that_matches_may_come_before_the_fact_and_nothing_matches_a_missing_value() -> None:
    match = m.Match("view_ended", "message_id", STRING)
    facts = [event("view_ended", 1, "o", message_id="m"), event("viewed", 2, "d", message_id="m")]
    assert counted(3, *facts, kind="viewed", matched_by=match) == 1
    assert counted(3, event("view_ended", 1, "o"), event("viewed", 2, "d", message_id=None), kind="viewed", matched_by=match) == 0


def test_several_kinds_are_one_timeline() -> None:
    facts = [event("bought", 3, "b", status="last"), event("viewed", 1, "v"), event("bought", 2, "a", status="first")]
    both = of("viewed", "bought")
    assert worth(total_of("count", None, INTEGER, both), 9, *facts) == 3
    assert worth(total_of("first", "status", STRING, both), 9, *facts) is None
    assert worth(total_of("last", "status", STRING, both), 9, *facts) == "last"


@pytest.mark.parametrize(("hour", "expected"), [(9, 0), (10, 100), (19, 100), (20, 7), (30, 0)])
def test_of_an_order_the_version_that_is_valid_at_the_instant_counts(hour: int, expected: int) -> None:
    facts = (version("o", 10, 10, 20, total=euros("100")), version("o", 10, 20, 30, total=euros("7")), version("o", 10, 30, is_deleted=True))
    assert worth(total_of("sum", "total", SUM, of("orders")), hour, *facts) == expected


def test_a_late_version_moves_no_order_in_time() -> None:
    facts = (version("o", 10, 10, 50, total=euros("1")), version("o", 10, 50, total=euros("2")))
    recent = of("orders", window=within(24))
    assert worth(total_of("sum", "total", SUM, recent), 33, *facts) == 1
    assert worth(total_of("sum", "total", SUM, recent), 50, *facts) == 0


# ---------------------------------------------------------------- values of values
COUNT = total_of("count", None, INTEGER)


@pytest.mark.parametrize(("top", "bottom", "expected"), [(1, 3, "0.333333"), (2, 3, "0.666667"), (1, 0, None), (0, 5, "0"), (-1, 3, "-0.333333")])
def test_a_ratio_has_six_places_and_none_over_zero(top: int, bottom: int, expected: str | None) -> None:
    found = worth(m.Ratio(value_of_items(top), value_of_items(bottom), RATIO), 1)
    assert found == (None if expected is None else euros(expected))


def test_arithmetic_is_missing_where_an_operand_is() -> None:
    largest = total_of("maximum")
    for function in ("sum_of", "difference"):
        assert worth(m.Arithmetic(function, (COUNT, largest), SUM), 9) is None  # type: ignore[arg-type]


def test_a_difference_takes_all_others_from_the_first() -> None:
    facts = bought("10.50", "2.00")
    value = m.Arithmetic("difference", (total_of("maximum"), total_of("minimum"), COUNT), SUM)
    assert worth(value, 9, *facts) == euros("6.50")


def test_arithmetic_beyond_its_type_is_missing() -> None:
    largest = total_of("maximum", "items", INTEGER)
    assert worth(m.Arithmetic("sum_of", (largest, COUNT), INTEGER), 9, event("bought", 1, items=2**63 - 1)) is None


def test_a_score_is_the_latest_published_by_the_instant() -> None:
    value, facts = m.ScoreValue("churn", RATIO), (score("churn", 2, score=euros("0.2")), score("churn", 4, score=euros("0.4")))
    assert [worth(value, hour, *facts) for hour in (1, 2, 3, 4)] == [None, euros("0.2"), euros("0.2"), euros("0.4")]


def test_somebody_left_out_of_the_latest_ranking_has_no_band() -> None:
    facts = (score("spent/5", 2, band=5, bands=5), score("spent/4", 3, band=1, bands=4), score("spent/5", 4, band=None, bands=5))
    value = m.RankValue("spent", 5, INTEGER)
    assert [worth(value, hour, *facts) for hour in (1, 3, 4)] == [None, 5, None]


# ---------------------------------------------------------------- attributes
TIER = m.AttributeValue("tier", STRING)


def test_an_attribute_is_what_was_set_last_at_or_before_the_instant() -> None:
    facts = (row(1, tier="silver"), row(3, tier="gold"))
    assert [worth(TIER, hour, *facts) for hour in (0, 1, 2.9, 3)] == [None, "silver", "silver", "gold"]


def test_a_row_that_says_the_same_again_does_not_set_over_another_place() -> None:
    facts = (row(1, tier="silver"), event("identified", 2, tier="gold"), row(3, tier="silver", birthday=dt.date(2000, 1, 1)))
    assert worth(TIER, 9, *facts) == "gold"
    assert worth(TIER, 9, *facts, row(4, tier="bronze")) == "bronze"


def test_null_is_a_value_to_change_to_and_an_absent_attribute_sets_nothing() -> None:
    assert worth(TIER, 9, row(1, tier="gold"), row(2)) == "gold"
    assert worth(TIER, 9, row(1, tier="gold"), row(2, tier=None)) is None
    assert worth(TIER, 9, row(1, tier="gold"), event("identified", 2, tier=None)) == "gold", "the first thing this place says is nothing new"


def test_a_row_without_the_attribute_does_not_interrupt_what_its_place_said() -> None:
    facts = (row(1, tier="gold"), row(2), event("identified", 3, tier="silver"), row(4, tier="gold"))
    assert worth(TIER, 9, *facts) == "silver"


def test_at_one_instant_the_later_place_wins_and_in_a_place_the_later_position() -> None:
    assert worth(TIER, 9, event("identified", 1, tier="event"), row(1, position=7, tier="crm")) == "event"
    assert worth(TIER, 9, row(1, position=2, tier="second"), row(1, position=1, tier="first")) == "second"


def test_a_row_taken_away_says_null() -> None:
    assert worth(TIER, 9, row(1, tier="gold"), row(2, is_deleted=True)) is None
