"""Inline tests: facts become what capture would make of them, and each expectation can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.definitions.documents import Project
from segmentation.definitions.inline_tests import InlineOutcome, run_inline_tests
from segmentation.definitions.load import load_project
from segmentation.settings import Settings

EVENTS = """
events:
  visited: {properties: {page: string}}
"""
TABLES = """
tables:
  orders:
    kind: facts
    path: "{lake}/orders"
    id: order_id
    customer: customer_id
    occurred_at: ordered_at
    properties: {total: "decimal(12,2)", status: string}
  customers: {kind: attributes, path: "{lake}/customers", customer: customer_id, attributes: {tier: string, birthday: date}}
"""
SEGMENTS = """
groups:
  value: {order: [big, buyer], default: rest}
segments:
  big:
    rule: {did: orders, where: {total: {at_least: 100}}}
    tests:
      - name: TEST
        at: 2026-03-01T00:00:00Z
        facts:
FACTS
        expect: EXPECT
  buyer:
    rule: {did: orders, where: {status: paid}}
    tests:
      - name: TEST
        at: 2026-03-01T00:00:00Z
        facts:
FACTS
        expect: EXPECT
  gold:
    rollout: 1 percent
    rule: {attribute: tier, is: gold}
    tests:
      - {name: gold, at: 2026-03-01T00:00:00Z, expect: member, facts: [{customers: {tier: gold}, occurred_at: 2026-02-01T00:00:00Z}]}
  old:
    archived: true
    rule: {everyone: true}
    tests:
      - {name: gone, at: 2026-03-01T00:00:00Z, expect: member, facts: []}
"""


def project(folder: Path, segments: str, traits: str = "") -> Project:
    (folder / "events").mkdir()
    (folder / "segments").mkdir()
    (folder / "events" / "web.yaml").write_text(EVENTS)
    (folder / "tables.yaml").write_text(TABLES)
    (folder / "traits.yaml").write_text(traits)
    (folder / "segments" / "all.yaml").write_text(segments)
    return load_project(folder, Settings(lake=str(folder)))


def outcomes(folder: Path, expect: str, *facts: str) -> dict[str, InlineOutcome]:
    lines = "\n".join(f"          - {fact}" for fact in facts)
    segments = SEGMENTS.replace("FACTS", lines).replace("EXPECT", expect).replace("TEST", "the test")
    return {outcome.segment: outcome for outcome in run_inline_tests(project(folder, segments))}


BIG = "{orders: {total: 250, status: paid}, occurred_at: 2026-02-01T00:00:00Z}"
BIG_REFUNDED = [
    "{orders: {order_id: o1, total: 250, status: paid}, occurred_at: 2026-02-01T00:00:00Z}",
    "{orders: {order_id: o1, total: 250, status: refunded}, occurred_at: 2026-02-01T00:00:00Z, changed_at: CHANGED}",
]


@pytest.mark.parametrize(
    ("expect", "big", "buyer"),
    [("member", True, True), ("not member", False, False), ("active", True, False), ("outranked", False, True)],
)
def test_each_expectation_is_met_or_not_as_the_rule_and_the_group_decide(tmp_path: Path, expect: str, big: bool, buyer: bool) -> None:
    found = outcomes(tmp_path, expect, BIG)
    assert (found["big"].is_passed, found["buyer"].is_passed) == (big, buyer)
    assert found["buyer"].found == ("outranked", "big")


@pytest.mark.parametrize(("changed", "is_paid"), [("2026-02-20T00:00:00Z", False), ("2026-03-01T00:00:00Z", False), ("2026-03-02T00:00:00Z", True)])
def test_a_later_version_of_an_order_counts_from_the_instant_it_changed(tmp_path: Path, changed: str, is_paid: bool) -> None:
    found = outcomes(tmp_path, "member", *(fact.replace("CHANGED", changed) for fact in BIG_REFUNDED))
    assert found["buyer"].is_passed is is_paid


def test_rows_without_an_id_are_orders_of_their_own(tmp_path: Path) -> None:
    other = BIG.replace("paid", "refunded")
    assert outcomes(tmp_path, "member", BIG, other)["buyer"].is_passed


def test_a_deleted_row_is_gone(tmp_path: Path) -> None:
    deleted = "{orders: {order_id: o1}, occurred_at: 2026-02-01T00:00:00Z, changed_at: 2026-02-02T00:00:00Z, is_deleted: true}"
    assert not outcomes(tmp_path, "member", BIG_REFUNDED[0], deleted)["buyer"].is_passed


def test_a_test_asks_about_the_rule_not_about_the_share_of_a_roll_out(tmp_path: Path) -> None:
    assert outcomes(tmp_path, "member", BIG)["gold"].is_passed


def test_the_tests_of_an_archived_segment_are_not_asked(tmp_path: Path) -> None:
    assert "old" not in outcomes(tmp_path, "member", BIG)


def test_somebody_without_facts_is_nowhere(tmp_path: Path) -> None:
    found = outcomes(tmp_path, "not member", "{visited: {page: home}, occurred_at: 2026-03-02T00:00:00Z}")
    assert found["big"].is_passed
    assert found["big"].found == ("none", None)


def test_an_id_may_be_written_as_a_number(tmp_path: Path) -> None:
    placed = "{orders: {order_id: 17, total: 250, status: paid}, occurred_at: 2026-02-01T00:00:00Z}"
    refunded = placed.replace("paid", "refunded").replace("}, occ", "}, changed_at: 2026-02-02T00:00:00Z, occ")
    assert not outcomes(tmp_path, "member", placed, refunded)["buyer"].is_passed


RANKED = """
segments:
  top:
    rule: {trait: band, is: 5}
    tests:
      - {at: 2026-03-01T00:00:00Z, expect: member, facts: [{visited: {}, occurred_at: 2026-02-01T00:00:00Z}, FACT]}
"""


@pytest.mark.parametrize(
    ("fact", "is_passed"),
    [
        ("{spent: {band: 5}, occurred_at: 2026-02-01T00:00:00Z}", True),
        ("{spent: {band: 4}, occurred_at: 2026-02-01T00:00:00Z}", False),
        ("{spent: {band: 5, bands: 10}, occurred_at: 2026-02-01T00:00:00Z}", False),
        ("{spent: {band: 5}, occurred_at: 2026-03-01T00:00:01Z}", False),
    ],
)
def test_a_ranking_is_a_fact_by_the_name_of_the_trait_it_ranks(tmp_path: Path, fact: str, is_passed: bool) -> None:
    traits = "traits: {spent: {sum: orders.total}, band: {rank: {of: spent, in: 5}}}"
    (outcome,) = run_inline_tests(project(tmp_path, RANKED.replace("FACT", fact), traits))
    assert outcome.is_passed is is_passed


@pytest.mark.parametrize(
    ("rule", "is_member"),
    [
        ("{attribute: birthday, after: 1999-12-31T12:00:00Z}", True),
        ("{attribute: birthday, before: 2000-01-01T00:00:00Z, time_zone: Europe/Amsterdam}", True),
        ("{attribute: birthday, before: 1999-12-31T23:00:00Z, time_zone: Europe/Amsterdam}", False),
    ],
)
def test_a_date_beside_an_instant_stands_for_its_local_midnight(tmp_path: Path, rule: str, is_member: bool) -> None:
    born = "{customers: {birthday: 2000-01-01}, occurred_at: 2026-02-01T00:00:00Z}"
    test = f"{{at: 2026-03-01T00:00:00Z, expect: member, facts: [{born}]}}"
    (outcome,) = run_inline_tests(project(tmp_path, f"segments: {{a: {{rule: {rule}, tests: [{test}]}}}}"))
    assert outcome.holds is is_member
