"""Applying a tree: what is appended, what is in force when, and what a slug may never be."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.definitions.in_force import in_force
from segmentation.definitions.segments import rule_set
from segmentation.definitions.stored import DefinitionRow
from segmentation.definitions.versions import Changes, plan_changes
from segmentation.issues import UserError
from segmentation.rules.model import Constant
from segmentation.rules.normalize import normalize_rules
from tests.unit.definitions.projects import project, write

GROUP = "groups: {life: {order: [vip, loyal], default: rest}}\n"
BASE = """
segments:
  vip: {name: VIP, rule: {all: [{did: orders, within: 30 days}, {trait: average_order_value, above: 0.50}]}, starts_at: 2026-01-01T00:00:00Z}
  loyal: {name: Loyal, rule: {trait: orders_90d, at_least: 3}, tests: [{name: none, at: 2026-01-01T00:00:00Z, facts: [], expect: not member}]}
  fan: {rule: {in_segment: vip, status: active}}
  other: {rule: {did: email_opened}}
"""


def apply(folder: Path, rows: list[DefinitionRow], text: str, at: int | None = None, **files: str) -> Changes:
    return plan_changes(rows, project(folder, text, **files), at)


def test_the_first_documents_hold_since_ever_whatever_instant_is_given(tmp_path: Path) -> None:
    changes = apply(tmp_path, [], BASE, at=5)
    assert {row.effective_from for row in changes.rows} == {None}
    assert {row.version for row in changes.rows} == {1}
    assert {row.name for row in changes.rows if row.kind == "segment"} == {"vip", "loyal", "fan", "other"}


def test_applying_the_same_tree_again_changes_nothing(tmp_path: Path) -> None:
    first = apply(tmp_path, [], BASE)
    assert not apply(tmp_path, list(first.rows), BASE, at=7)


def test_what_is_in_force_is_the_normalized_rule_set_of_the_tree(tmp_path: Path) -> None:
    tree = project(tmp_path, GROUP + BASE)
    rows = plan_changes([], tree, None).rows
    (state,) = in_force(reversed(rows), tree.vocabulary)
    by_slug = {each.slug: each.rule for each in normalize_rules(rule_set(tree)).segments}
    assert {each.slug: each.rule for each in state.rule_set.segments} == by_slug
    assert state.rule_set.groups == rule_set(tree).groups
    assert state.versions == {"vip": 1, "loyal": 1, "fan": 1, "other": 1, "rest": 1}
    assert state.effective_from is None


def test_a_changed_trait_gives_its_segments_a_new_version_and_names_what_is_touched(tmp_path: Path) -> None:
    first = apply(tmp_path, [], GROUP + BASE)
    traits = "traits: {average_order_value: {average: orders.total}, orders_90d: {count: orders, within: 91 days}}"
    second = apply(tmp_path, list(first.rows), GROUP + BASE, at=9, **{"traits.yaml": traits})
    live = [(row.kind, row.name, row.version) for row in second.rows if not row.is_archived]
    assert live == [("trait", "orders_90d", 2), ("segment", "loyal", 2)]
    assert second.changed == ("vip", "loyal", "fan", "rest")
    tree = project(tmp_path, GROUP + BASE, **{"traits.yaml": traits})
    old, new = in_force([*first.rows, *second.rows], tree.vocabulary)
    assert (old.effective_from, new.effective_from) == (None, 9)
    assert (old.versions["loyal"], new.versions["loyal"]) == (1, 2)
    assert old.fingerprint != new.fingerprint


def test_another_description_is_a_version_and_no_change_of_meaning(tmp_path: Path) -> None:
    first = apply(tmp_path, [], BASE)
    second = apply(tmp_path, list(first.rows), BASE.replace("name: VIP", "name: VIP, description: Best"), at=9)
    assert [row.name for row in second.rows] == ["vip"]
    assert second.changed == ()


def test_a_test_is_no_part_of_a_definition(tmp_path: Path) -> None:
    first = apply(tmp_path, [], BASE)
    assert not apply(tmp_path, list(first.rows), BASE.replace("name: none", "name: nothing"), at=9)


def test_a_document_gone_from_the_tree_is_archived_and_its_rule_is_false_from_then_on(tmp_path: Path) -> None:
    first = apply(tmp_path, [], BASE)
    without = "\n".join(line for line in BASE.splitlines() if "other:" not in line)
    second = apply(tmp_path, list(first.rows), without, at=9)
    assert second.archived == ("other",)
    assert second.changed == ("other",)
    old, new = in_force([*first.rows, *second.rows], project(tmp_path, without).vocabulary)
    assert {each.slug: each.rule for each in new.rule_set.segments}["other"] == Constant(answer=False)
    assert {each.slug: each.rule for each in old.rule_set.segments}["other"] != Constant(answer=False)
    assert new.versions["other"] == 2
    assert not apply(tmp_path, [*first.rows, *second.rows], without, at=11)


def test_a_rollback_is_the_former_document_as_a_new_version(tmp_path: Path) -> None:
    rows = list(apply(tmp_path, [], BASE).rows)
    rows += apply(tmp_path, rows, BASE.replace("0.50", "7"), at=9).rows
    third = apply(tmp_path, rows, BASE, at=20)
    assert [(row.name, row.version) for row in third.rows] == [("vip", 3)]
    states = in_force([*rows, *third.rows], project(tmp_path, BASE).vocabulary)
    assert [state.effective_from for state in states] == [None, 9, 20]
    assert states[0].fingerprint == states[2].fingerprint != states[1].fingerprint


def test_a_later_version_that_holds_from_an_earlier_instant_wins_there_and_after(tmp_path: Path) -> None:
    rows = list(apply(tmp_path, [], BASE).rows)
    rows += apply(tmp_path, rows, BASE.replace("0.50", "7"), at=20).rows
    rows += apply(tmp_path, rows, BASE.replace("0.50", "8"), at=10).rows
    states = in_force(rows, project(tmp_path, BASE).vocabulary)
    assert [(state.effective_from, state.versions["vip"]) for state in states] == [(None, 1), (10, 3), (20, 3)]


def test_the_default_of_a_group_that_went_ends_too(tmp_path: Path) -> None:
    first = apply(tmp_path, [], GROUP + BASE)
    second = apply(tmp_path, list(first.rows), BASE, at=9)
    _, new = in_force([*first.rows, *second.rows], project(tmp_path, BASE).vocabulary)
    assert {each.slug: each.rule for each in new.rule_set.segments}["rest"] == Constant(answer=False)
    assert new.rule_set.groups == ()


def test_stored_numbers_are_exact(tmp_path: Path) -> None:
    (row,) = (row for row in apply(tmp_path, [], BASE).rows if row.name == "vip")
    assert '"above":0.50' in row.document
    assert '"starts_at":"2026-01-01T00:00:00+00:00"' in row.document


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("segments: {rest: {rule: {did: orders}}}", "'rest' was the default of a group"),
        (GROUP.replace("rest", "other") + BASE.replace("other:", "another:"), "the default 'other' was a segment"),
    ],
)
def test_a_slug_is_never_given_to_another_kind(tmp_path: Path, text: str, problem: str) -> None:
    rows = list(apply(tmp_path, [], GROUP + BASE).rows)
    with pytest.raises(UserError, match=problem):
        apply(tmp_path, rows, text, at=9)


def test_an_archived_slug_comes_back_as_the_same_segment_only(tmp_path: Path) -> None:
    rows = list(apply(tmp_path, [], BASE).rows)
    rows += apply(tmp_path, rows, "segments: {}", at=9).rows
    with pytest.raises(UserError, match="named another segment before"):
        apply(tmp_path, rows, "segments: {vip: {name: Very Important Pets, rule: {did: orders}}}", at=11)
    assert apply(tmp_path, rows, BASE, at=11).changed == ("vip", "loyal", "fan", "other")


def test_a_stored_definition_that_names_what_is_gone_says_so(tmp_path: Path) -> None:
    rows = apply(tmp_path, [], BASE).rows
    smaller = write(tmp_path, {"events/shop.yaml": "events: {}"})
    vocabulary = project(smaller, "", **{"events/shop.yaml": "events: {}", "traits.yaml": "traits: {}"}).vocabulary
    with pytest.raises(UserError, match=r"definitions other@1.*unknown fact 'email_opened'"):
        in_force(rows, vocabulary)
