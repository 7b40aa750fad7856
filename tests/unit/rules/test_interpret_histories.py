"""Conditions about the course of time: sequences, attributes for a time, segments for a time, entries."""

from __future__ import annotations

from typing import Any

from segmentation.rules import model as m
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret import Customer, evaluate
from segmentation.rules.types import STRING
from tests.unit.rules.timelines import HOUR, SHOP, always, ask, event, of, row, rules, test_of, version, within

TIER = m.AttributeValue("tier", STRING)
TRUE, FALSE = m.Constant(answer=True), m.Constant(answer=False)
UNKNOWN = m.Compare(TIER, m.Comparison("is", "gold"))


# ---------------------------------------------------------------- sequences
def did(kind: str, hours: float | None = None, negated: bool = False, **more: Any) -> m.Step:
    return m.Step(of(kind, **more), negated, None if hours is None else round(hours * HOUR))


def test_each_step_is_strictly_later_than_the_one_before() -> None:
    both = m.Sequence((did("viewed"), did("bought")))
    assert ask(both, 9, event("viewed", 1), event("bought", 1)) is False
    assert ask(both, 9, event("viewed", 1), event("bought", 1.001)) is True
    assert ask(both, 9, event("bought", 1), event("viewed", 2)) is False


def test_within_of_a_step_leaves_out_both_ends() -> None:
    both = m.Sequence((did("viewed"), did("bought", 5)))
    assert ask(both, 9, event("viewed", 1), event("bought", 6)) is False
    assert ask(both, 9, event("viewed", 1), event("bought", 5.999)) is True
    assert ask(both, 9, event("viewed", 1), event("viewed", 2), event("bought", 6)) is True, "some choice of facts fits"


def test_a_cart_without_an_order_turns_true_when_the_silence_ends() -> None:
    abandoned = m.Sequence((did("viewed"), did("bought", 72, negated=True)))
    assert [ask(abandoned, hour, event("viewed", 1)) for hour in (72.999, 73, 500)] == [False, True, True]
    assert ask(abandoned, 500, event("viewed", 1), event("bought", 72.999)) is False
    assert ask(abandoned, 500, event("viewed", 1), event("bought", 73)) is True, "an order at the very end is no longer inside"
    assert ask(abandoned, 500, event("viewed", 1), event("bought", 1)) is True, "an order at the very start is not inside"


def test_what_follows_a_silence_counts_from_its_end() -> None:
    back = m.Sequence((did("viewed"), did("bought", 10, negated=True), did("viewed", 5)))
    assert ask(back, 99, event("viewed", 1), event("viewed", 11)) is False
    assert ask(back, 99, event("viewed", 1), event("viewed", 11.001)) is True
    assert ask(back, 99, event("viewed", 1), event("viewed", 16)) is False


def test_two_silences_in_a_row_add_up() -> None:
    quiet = m.Sequence((did("viewed"), did("bought", 10, negated=True), did("view_ended", 5, negated=True)))
    assert [ask(quiet, hour, event("viewed", 1)) for hour in (15.9, 16)] == [False, True]
    assert ask(quiet, 99, event("viewed", 1), event("view_ended", 12)) is False
    assert ask(quiet, 99, event("viewed", 1), event("view_ended", 5)) is True


def test_a_settled_sequence_holds_for_its_outer_window_whatever_follows() -> None:
    both = m.Sequence((did("viewed"), did("bought")), within=10 * HOUR)
    facts = (event("viewed", 1), event("bought", 2))
    assert [ask(both, hour, *facts, event("viewed", 3)) for hour in (1.9, 2, 11.9, 12)] == [False, True, True, False]


def test_steps_have_their_own_where_and_versions_count_as_of_the_instant() -> None:
    paid = m.Sequence((did("viewed"), did("orders", where=(test_of("status", "is", "paid"),))))
    facts = (event("viewed", 1), version("o", 2, 2, 5, status="paid"), version("o", 2, 5, status="refunded"))
    assert [ask(paid, hour, *facts) for hour in (1, 2, 4.9, 5)] == [False, True, True, False]


# ---------------------------------------------------------------- the course of attributes
GOLD = m.Comparison("is", "gold")


def test_an_attribute_for_a_time_restarts_only_when_the_value_changes() -> None:
    gold = m.AttributeFor(TIER, GOLD, 10 * HOUR)
    repeats = (row(1, tier="gold"), row(5, tier="gold"), event("identified", 6, tier="gold"))
    assert [ask(gold, hour, *repeats) for hour in (10.9, 11, 99)] == [None, True, True]
    broken = (row(1, tier="gold"), row(5, tier="silver"), row(6, tier="gold"))
    assert [ask(gold, hour, *broken) for hour in (11, 15.9, 16)] == [False, False, True]


def test_for_a_time_is_unknown_while_it_was_unknown_in_it_and_false_where_it_was_false() -> None:
    gold = m.AttributeFor(TIER, GOLD, 10 * HOUR)
    assert ask(gold, 5, row(1, tier="gold")) is None
    assert ask(gold, 5, row(1, tier="silver")) is False
    assert ask(m.AttributeFor(TIER, m.Comparison("exists", False), 10 * HOUR), 5) is True


def test_the_first_known_value_is_no_change_and_to_and_from_null_are() -> None:
    changed = m.AttributeChanged(TIER, 10 * HOUR)
    assert ask(changed, 2, row(1, tier="gold")) is False
    assert ask(changed, 9, row(1, tier="gold"), row(2, tier="gold")) is False
    assert [ask(changed, hour, row(1, tier="gold"), row(2, tier=None)) for hour in (1.9, 2, 11.9, 12)] == [False, True, True, False]
    assert ask(changed, 30, row(1, tier="gold"), row(2, tier=None), row(25, tier="gold")) is True
    assert ask(changed, 9) is False


def test_a_value_known_and_taken_back_at_one_instant_was_never_known() -> None:
    facts = (row(1, position=1, tier="gold"), row(1, position=2, tier=None), row(5, position=3, tier="silver"))
    assert ask(m.AttributeChanged(TIER, 10 * HOUR), 6, *facts) is False


def test_a_setting_that_says_the_value_in_effect_is_no_change() -> None:
    assert ask(m.AttributeChanged(TIER, 10 * HOUR), 9, row(1, tier="gold"), event("identified", 5, tier="gold")) is False


# ---------------------------------------------------------------- references
RECENT = m.Did(of("bought", window=within(24)))


def asked(condition: m.Condition, hour: float, *facts: Fact, pieces: tuple[InForce, ...] | None = None) -> bool | None:
    rule_set = rules(
        recent=RECENT, maybe=UNKNOWN, buyer=m.Did(of("bought")), groups=(m.GroupOrder("g", ("recent", "buyer"), "rest"),), everyone=m.Everyone()
    )
    return evaluate(condition, Customer("c", facts, pieces or (always(rule_set),), SHOP).at(round(hour * HOUR)))


def test_a_reference_asks_for_the_rule_and_is_never_unknown() -> None:
    fact = event("bought", 1)
    assert asked(m.InSegment("buyer"), 5, fact) is True
    assert asked(m.InSegment("buyer", active=True), 5, fact) is False
    assert asked(m.InSegment("buyer", active=True), 30, fact) is True
    assert asked(m.InSegment("maybe"), 5, fact) is False
    assert asked(m.InSegment("maybe", negated=True), 5, fact) is True
    assert asked(m.InSegment("rest", active=True), 5, event("viewed", 1)) is True
    assert asked(m.InSegment("rest", active=True), 0, event("viewed", 1)) is False, "nobody is anywhere before they exist"


def test_in_a_segment_for_a_time_counts_from_the_last_entry() -> None:
    lasting = m.InSegmentFor("recent", 10 * HOUR)
    assert [asked(lasting, hour, event("bought", 1)) for hour in (10.9, 11, 24.9, 25)] == [False, True, True, False]
    assert asked(lasting, 30, event("bought", 1), event("bought", 24)) is True, "a second purchase does not restart what went on"
    assert asked(lasting, 30, event("bought", 1), event("bought", 25.5)) is False
    assert asked(m.InSegmentFor("everyone", 10 * HOUR), 10, event("viewed", 1)) is False


def test_entered_is_half_open_and_counts_flips_of_the_status_where_asked() -> None:
    entered = m.Entered("recent", 10 * HOUR)
    assert [asked(entered, hour, event("bought", 1)) for hour in (0.9, 1, 10.9, 11)] == [False, True, True, False]
    became_active = m.Entered("buyer", 10 * HOUR, active=True)
    assert [asked(became_active, hour, event("bought", 1)) for hour in (5, 24.9, 25, 34.9, 35)] == [False, False, True, True, False]


def test_a_flip_caused_by_a_definition_counts() -> None:
    entered = m.Entered("x", 10 * HOUR)
    pieces = (always(rules(x=FALSE)), always(rules(x=TRUE), since=5))
    assert [asked(entered, hour, event("viewed", 1), pieces=pieces) for hour in (4.9, 5, 14.9, 15)] == [False, True, True, False]
    lasting = m.InSegmentFor("x", 10 * HOUR)
    assert [asked(lasting, hour, event("viewed", 1), pieces=pieces) for hour in (14.9, 15)] == [False, True]


def test_what_is_remembered_of_flips_from_other_instants_changes_no_answer() -> None:
    """One customer is asked at many instants; the flip at the far end of a window is known then, and still outside."""
    one = Customer("c", (event("bought", 1),), (always(rules(recent=RECENT)),), SHOP)
    lasting, entered = m.InSegmentFor("recent", 10 * HOUR), m.Entered("recent", 10 * HOUR)
    hours = (30, 0, 5, 11, 10, 1)
    assert [evaluate(entered, one.at(hour * HOUR)) for hour in hours] == [False, False, True, False, True, True]
    assert [evaluate(lasting, one.at(hour * HOUR)) for hour in hours] == [False, False, False, True, False, False]


def test_a_segment_that_the_definitions_lack_has_nobody() -> None:
    assert asked(m.InSegment("gone"), 5, event("bought", 1)) is False
    assert asked(m.InSegmentFor("gone", HOUR), 5, event("bought", 1)) is False
