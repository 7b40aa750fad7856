"""Why: the rule as a tree of answers with values and facts, the winner of the group, and the next change by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segmentation.rules import model as m
from segmentation.rules.explain import Explanation, duration_words, explain, instant_words, value_words
from segmentation.rules.explain.words import CONDITIONS as WORDS_OF_CONDITIONS
from segmentation.rules.explain.words import VALUES as WORDS_OF_VALUES
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret import CONDITIONS, VALUES, Customer
from segmentation.rules.types import INTEGER, STRING, TIMESTAMP
from tests.unit.rules.timelines import (
    DAY,
    HOUR,
    MONEY,
    SHOP,
    always,
    entry,
    event,
    of,
    row,
    rules,
    test_of,
    total_of,
    version,
    within,
)

RECENT = m.Did(of("bought", window=within(24)))
TIER = m.AttributeValue("tier", STRING)


def why(slug: str, hour: float, rule_set: m.RuleSet, *facts: Fact, more: tuple[InForce, ...] = ()) -> Explanation:
    return explain(Customer("c", facts, (always(rule_set), *more), SHOP), slug, round(hour * HOUR))


def test_a_leaf_shows_its_value_its_truth_and_the_facts_that_decide_it() -> None:
    rule = why("x", 5, rules(x=RECENT), event("bought", 1, "b1"), event("bought", 2, "b2")).rule
    assert rule is not None
    assert (rule.words, rule.truth, rule.value) == ("did bought within 1 day", True, "2")
    assert [(fact.fact_id, fact.occurred_at, fact.is_counted) for fact in rule.facts] == [("b1", HOUR, True), ("b2", 2 * HOUR, True)]


def test_where_no_fact_counts_the_nearest_one_outside_the_window_is_shown() -> None:
    rule = why("x", 30, rules(x=RECENT), event("bought", 1, "b1"), event("bought", 2, "b2")).rule
    assert rule is not None
    assert (rule.truth, rule.value) == (False, "0")
    assert [(fact.fact_id, fact.is_counted) for fact in rule.facts] == [("b2", False)]


def test_a_tree_of_conditions_keeps_the_answer_of_each_and_unknown_is_none() -> None:
    gold = m.Compare(TIER, m.Comparison("is", "gold"), "tier")
    rule = why("x", 5, rules(x=m.All((RECENT, m.Not(gold)))), event("bought", 1)).rule
    assert rule is not None
    assert rule.truth is None
    assert [(child.words, child.truth) for child in rule.children] == [("did bought within 1 day", True), ("not", None)]
    assert rule.children[1].children[0].words == "tier is gold"
    assert rule.children[1].children[0].value == "missing"


def test_an_attribute_shows_the_row_that_set_it() -> None:
    gold = m.Compare(TIER, m.Comparison("is", "gold"), "tier")
    rule = why("x", 5, rules(x=gold), row(1, tier="silver"), row(2, tier="gold")).rule
    assert rule is not None
    assert (rule.value, [fact.occurred_at for fact in rule.facts]) == ("gold", [2 * HOUR])


def test_a_reference_is_explained_by_the_rule_it_refers_to() -> None:
    rule = why("y", 5, rules(x=RECENT, y=m.InSegment("x", negated=True)), event("bought", 1)).rule
    assert rule is not None
    assert (rule.words, rule.truth) == ("not in segment x", False)
    assert [(child.words, child.truth) for child in rule.children] == [("did bought within 1 day", True)]


def test_a_sequence_shows_the_facts_of_the_choice_that_completes_it_last() -> None:
    steps = (m.Step(of("viewed")), m.Step(of("bought"), within=10 * HOUR))
    facts = (event("viewed", 1, "v1"), event("bought", 2, "b1"), event("viewed", 3, "v2"), event("bought", 4, "b2"))
    rule = why("x", 5, rules(x=m.Sequence(steps)), *facts).rule
    assert rule is not None
    assert [fact.fact_id for fact in rule.facts] == ["v2", "b2"]


def test_the_group_names_its_winner_and_how_each_member_stands() -> None:
    rule_set = rules(vip=RECENT, fan=m.Did(of("bought")), groups=(m.GroupOrder("g", ("vip", "fan"), "rest"),))
    found = why("fan", 5, rule_set, event("bought", 1))
    assert found.status == ("outranked", "vip")
    assert found.standing is not None
    assert (found.standing.winner, found.standing.members) == ("vip", (("vip", True), ("fan", True)))


def test_a_default_has_no_rule_and_wins_where_nobody_does() -> None:
    rule_set = rules(vip=RECENT, groups=(m.GroupOrder("g", ("vip",), "rest"),))
    found = why("rest", 30, rule_set, event("bought", 1))
    assert (found.rule, found.status) == (None, ("active", None))
    assert found.standing is not None
    assert found.standing.winner == "rest"


def test_the_next_change_by_itself_is_the_exact_end_of_the_window() -> None:
    found = why("x", 5, rules(x=RECENT), event("bought", 1))
    assert found.next is not None
    assert (found.next.at, found.next.status) == (25 * HOUR, ("none", None))


def test_a_breakpoint_at_which_nothing_flips_is_no_change() -> None:
    found = why("x", 5, rules(x=RECENT), event("bought", 1), event("bought", 4))
    assert found.next is not None
    assert found.next.at == 28 * HOUR


def test_a_change_years_ahead_is_found_and_one_that_never_comes_is_none() -> None:
    lapsed = m.DidNot(of("bought", window=within(24 * 900)))
    found = why("x", 5, rules(x=lapsed, y=m.Everyone()), event("bought", 1))
    assert found.next is not None
    assert found.next.at == HOUR + 900 * DAY
    assert why("y", 5, rules(y=m.Everyone()), event("bought", 1)).next is None


def test_facts_and_definitions_that_come_later_are_no_change_by_itself() -> None:
    later = always(rules(x=m.Constant(answer=False)), since=8, version=2)
    paid = m.Did(of("orders", where=(test_of("status", "is", "paid"),)))
    facts = (version("o1", 1, 1, 10, status="paid"), version("o1", 1, 10, status="refunded"), event("bought", 9))
    found = why("x", 5, rules(x=paid), *facts, more=(later,))
    assert (found.status, found.next, found.definition) == (("active", None), None, "x@1")


def test_a_list_says_its_own_end() -> None:
    found = why("x", 2, rules(x=m.ListedIn("blocked")), entry("blocked", 1, 6))
    assert found.next is not None
    assert found.next.at == 6 * HOUR


def test_somebody_who_does_not_exist_yet_is_said_not_to() -> None:
    found = why("x", 0, rules(x=m.Everyone()), event("bought", 1))
    assert (found.exists, found.status) == (False, ("none", None))


def test_a_trait_goes_by_the_name_users_gave_it() -> None:
    spent = total_of("sum", kind=MONEY)
    rule_set = rules(x=m.Compare(spent, m.Comparison("above", Decimal("10.50"))))
    customer = Customer("c", [event("bought", 1, total=Decimal("12.00"))], (always(rule_set),), SHOP)
    rule = explain(customer, "x", 2 * HOUR, {spent: "spent"}).rule
    assert rule is not None
    assert (rule.words, rule.value) == ("spent above 10.5", "12")


def test_every_node_has_words() -> None:
    assert set(WORDS_OF_CONDITIONS) == set(CONDITIONS)
    assert set(WORDS_OF_VALUES) == set(VALUES)


@pytest.mark.parametrize(
    ("micros", "words"),
    [(DAY, "1 day"), (30 * DAY, "30 days"), (36 * HOUR, "36 hours"), (90 * 10**6, "90 seconds"), (1, "1 microsecond"), (0, "0 microseconds")],
)
def test_durations_are_said_in_the_largest_unit_that_divides_them(micros: int, words: str) -> None:
    assert duration_words(micros) == words


def test_instants_and_values_are_said_exactly() -> None:
    assert instant_words(1) == "1970-01-01T00:00:00.000001Z"
    assert value_words(0, TIMESTAMP) == "1970-01-01T00:00:00Z"
    assert value_words((1, None), INTEGER) == "[1, missing]"
    assert value_words(Decimal("100.00")) == "100"
    assert value_words(Decimal(100)) == "100"
