"""Statuses, groups, versions, causes: what the ledger must say."""

from __future__ import annotations

from segmentation.rules import model as m
from segmentation.rules.interpret import sweep
from tests.unit.rules.timelines import DAY, HOUR, SHOP, always, entry, event, of, row, rules, score, story, test_of, version, within

RECENT = m.Did(of("bought", window=within(24)))


def test_an_entry_and_its_exit_carry_their_own_instants_and_causes() -> None:
    assert story((always(rules(recent=RECENT)),), event("bought", 10)) == [
        (10, "recent", "active", None, "event"),
        (34, "recent", "none", None, "time"),
    ]


def test_nobody_is_anywhere_before_their_first_fact_not_even_in_everyone() -> None:
    lapsed = m.DidNot(of("bought", window=within(24)))
    rule_set = rules(all_of_them=m.Everyone(), lapsed=lapsed, groups=(m.GroupOrder("g", ("lapsed",), "rest"),))
    assert story((always(rule_set),), event("viewed", 5)) == [
        (5, "all_of_them", "active", None, "event"),
        (5, "lapsed", "active", None, "event"),
    ]


def test_a_score_makes_nobody_exist() -> None:
    assert story((always(rules(everyone=m.Everyone())),), score("churn", 1, score=1), entry("blocked", 3)) == [
        (3, "everyone", "active", None, "list")
    ]


def test_a_version_refunded_later_counts_as_paid_before() -> None:
    paid = m.Did(of("orders", where=(test_of("status", "is", "paid"),)))
    facts = (version("o1", 10, 10, 20, status="paid"), version("o1", 10, 20, status="refunded"))
    assert story((always(rules(buyer=paid)),), *facts) == [(10, "buyer", "active", None, "table"), (20, "buyer", "none", None, "table")]


def test_a_deleted_row_counts_no_longer() -> None:
    facts = (version("o1", 10, 10, 20, status="paid"), version("o1", 10, 20, is_deleted=True))
    assert story((always(rules(buyer=m.Did(of("orders")))),), *facts) == [
        (10, "buyer", "active", None, "table"),
        (20, "buyer", "none", None, "table"),
    ]


def test_in_a_group_the_first_that_qualifies_wins_and_the_rest_say_who_outranked_them() -> None:
    rule_set = rules(vip=RECENT, fan=m.Did(of("bought")), groups=(m.GroupOrder("g", ("vip", "fan"), "rest"),))
    assert story((always(rule_set),), event("viewed", 1), event("bought", 10)) == [
        (1, "rest", "active", None, "event"),
        (10, "fan", "outranked", "vip", "event"),
        (10, "rest", "none", None, "event"),
        (10, "vip", "active", None, "event"),
        (34, "fan", "active", None, "time"),
        (34, "vip", "none", None, "time"),
    ]


def test_the_winner_of_an_outranked_segment_may_change_without_its_status() -> None:
    third = m.Did(of("bought"))
    second = m.Did(of("bought", window=within(48)))
    rule_set = rules(a=RECENT, b=second, c=third, groups=(m.GroupOrder("g", ("a", "b", "c")),))
    assert [each for each in story((always(rule_set),), event("bought", 0)) if each[1] == "c"] == [
        (0, "c", "outranked", "a", "event"),
        (24, "c", "outranked", "b", "time"),
        (48, "c", "active", None, "time"),
    ]


def test_unknown_does_not_win() -> None:
    unknown = m.Compare(m.AttributeValue("tier", SHOP.attributes["tier"].type), m.Comparison("is_not", "gold"))
    assert story((always(rules(x=unknown, y=m.Not(unknown))),), event("viewed", 1)) == []


def test_a_definition_begins_with_its_own_cause_and_ends_memberships_of_a_segment_taken_away() -> None:
    first, second = always(rules(recent=RECENT)), always(rules(buyer=m.Did(of("bought"))), since=12, version=2)
    assert story((first, second), event("bought", 10)) == [
        (10, "recent", "active", None, "event"),
        (12, "buyer", "active", None, "definition"),
        (12, "recent", "none", None, "definition"),
    ]


def test_a_transition_names_the_version_that_decides_it() -> None:
    pieces = (always(rules(recent=RECENT)), always(rules(recent=m.Constant(answer=False)), since=12, version=2))
    found = sweep(pieces, [event("bought", 10)], "c", 0, 100 * HOUR, vocabulary=SHOP)
    assert [each.definition for each in found] == ["recent@1", "recent@2"]


def test_what_is_first_in_the_order_of_causes_names_an_instant() -> None:
    gold = m.Compare(m.AttributeValue("tier", SHOP.attributes["tier"].type), m.Comparison("is", "gold"))
    assert story((always(rules(gold=gold)),), row(4, tier="gold"), event("viewed", 4)) == [(4, "gold", "active", None, "event")]
    assert story((always(rules(gold=gold)),), row(4, tier="gold"), score("churn", 4)) == [(4, "gold", "active", None, "attribute")]


def test_history_begins_with_one_start_for_everything_that_holds_then() -> None:
    rule_set = rules(buyer=m.Did(of("bought")), recent=RECENT)
    assert story((always(rule_set),), event("bought", 10), history_since=20 * HOUR) == [
        (20, "buyer", "active", None, "start"),
        (20, "recent", "active", None, "start"),
        (34, "recent", "none", None, "time"),
    ]


def test_a_sweep_from_the_middle_says_only_what_changes_there() -> None:
    assert story((always(rules(recent=RECENT)),), event("bought", 10), since=11, until=33) == []
    assert story((always(rules(recent=RECENT)),), event("bought", 10), since=10, until=34) == [
        (10, "recent", "active", None, "event"),
        (34, "recent", "none", None, "time"),
    ]


def test_of_copies_that_differ_the_smallest_wins_whichever_comes_first() -> None:
    copies = [event("bought", 10, "e1", items=1), event("bought", 9, "e1", items=2)]
    for facts in (copies, copies[::-1]):
        assert story((always(rules(buyer=m.Did(of("bought")))),), *facts) == [(9, "buyer", "active", None, "event")]


def test_being_taken_off_a_list_is_a_statement_of_the_list() -> None:
    assert story((always(rules(blocked=m.ListedIn("blocked"))),), entry("blocked", 1, 5)) == [
        (1, "blocked", "active", None, "list"),
        (5, "blocked", "none", None, "list"),
    ]


def test_a_window_of_a_day_excludes_its_far_end_to_the_microsecond() -> None:
    found = sweep((always(rules(recent=RECENT)),), [event("bought", 0)], "c", 0, 2 * DAY, vocabulary=SHOP)
    assert [each.effective_at for each in found] == [0, DAY]
