"""Which segments a change of definitions concerns: those changed, those that hang on them, and what deciding them takes."""

from __future__ import annotations

from dataclasses import replace

from segmentation.rules.affected import SINCE_EVER, Redefined, redefinition
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Condition, Constant, GroupOrder, InSegment, Not, RuleSet, SegmentRule

YES, NO = Constant(answer=True), Constant(answer=False)
GROUP = GroupOrder("tier", ("vip", "regular"), default="guest")
RULES: dict[str, Condition] = {
    "buyer": YES,
    "vip": YES,
    "regular": InSegment("buyer", active=False),
    "fan": Not(InSegment("vip", active=True)),
    "alone": YES,
}


def state(since: int | None = None, groups: tuple[GroupOrder, ...] = (GROUP,), version: int = 1, **changed: Condition) -> InForce:
    rules = {**RULES, **changed}
    versions = {slug: version + 1 if slug in changed else 1 for slug in rules}
    versions |= {group.default: 1 for group in groups if group.default}
    rule_set = RuleSet(tuple(SegmentRule(slug, rule) for slug, rule in rules.items()), groups)
    return InForce(since, rule_set, versions, f"{sorted(versions.items())}{rules}{groups}")


def found(before: tuple[InForce, ...], after: tuple[InForce, ...], *begun: int) -> Redefined:
    redefined = redefinition(before, after, begun)
    assert redefined is not None
    return redefined


def test_the_same_states_are_no_redefinition() -> None:
    assert redefinition((state(), state(5, alone=NO)), (state(), state(5, alone=NO))) is None


def test_a_segment_by_itself_concerns_nobody_else() -> None:
    redefined = found((state(),), (state(), state(7, alone=NO)))
    assert redefined == Redefined(7, frozenset({7}), frozenset({"alone"}), frozenset({"alone"}))


def test_who_refers_to_it_and_whom_it_shares_a_group_with_are_concerned() -> None:
    redefined = found((state(),), (state(), state(7, buyer=NO)))
    assert redefined.changed == {"buyer", "regular", "vip", "guest", "fan"}
    assert redefined.asked == redefined.changed


def test_what_deciding_takes_is_asked_and_not_changed() -> None:
    redefined = found((state(),), (state(), state(7, fan=NO)))
    assert redefined.changed == {"fan"}
    assert redefined.asked == {"fan", "vip", "regular", "guest", "buyer"}


def test_a_version_counts_though_the_rule_is_the_same() -> None:
    assert found((state(),), (state(), state(7, alone=YES))).changed == {"alone"}


def test_another_order_of_a_group_concerns_its_members_and_who_asks_for_their_status() -> None:
    turned = replace(GROUP, order=("regular", "vip"))
    assert found((state(),), (state(), state(7, groups=(turned,)))).changed == {"vip", "regular", "guest", "fan"}


def test_a_segment_that_was_not_there_before() -> None:
    assert found((state(),), (state(), state(7, new=YES))).changed == {"new"}


def test_what_becomes_known_about_the_past_is_looked_for_in_every_later_state() -> None:
    """A state slipped in between: what the later one says anew may differ from what it said."""
    before, after = (state(), state(9, alone=NO)), (state(), state(5, fan=NO), state(9, version=2, alone=NO, fan=NO))
    redefined = found(before, after)
    assert (redefined.since, redefined.instants) == (5, {5, 9})
    assert redefined.changed == {"alone", "fan"}


def test_rules_that_hold_since_ever() -> None:
    assert found((state(),), (state(alone=NO),)).since == SINCE_EVER


def test_a_state_known_before_whose_time_has_come() -> None:
    states = (state(), state(9, alone=NO))
    redefined = found(states, states, 9)
    assert redefined == Redefined(9, frozenset({9}), frozenset({"alone"}), frozenset({"alone"}))


def test_restricted_states_hold_what_is_asked_alone() -> None:
    states = (state(), state(7, alone=NO))
    first, second = found(states[:1], states).restricted(states)
    assert [rule.slug for rule in first.rule_set.segments] == ["alone"]
    assert first.rule_set.groups == ()
    assert second.versions == {"alone": 2}
