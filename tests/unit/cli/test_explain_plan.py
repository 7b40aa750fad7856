"""The plan: breakpoints as the compiler registers them, how far back a rule reads, and what each segment adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.cli.planning import SegmentPlan, plan_segments
from segmentation.cli.words import trait_names
from segmentation.definitions.segments import rule_set
from segmentation.rules.normalize import normalize_rules
from tests.unit.definitions.projects import project

OTHERS = "  mailed: {rule: {did: email_opened, within: 5 days}}\n  low: {rule: {did: orders}}\ngroups: {g: {order: [mailed, low], default: rest}}"
OPENED = "when a fact email_opened begins, changes or ends"
ORDERED = "when a fact orders begins, changes or ends"


def plans(folder: Path, rule: str, others: str = OTHERS) -> dict[str, SegmentPlan]:
    found = project(folder, f"segments:\n  asked: {{rule: {rule}}}\n{others}")
    return {each.segment: each for each in plan_segments(normalize_rules(rule_set(found)), found.vocabulary, trait_names(found))}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{did: orders, within: 30 days}", (ORDERED, "30 days after a fact orders occurs")),
        ("{did: orders, older_than: 90 minutes}", (ORDERED, "90 minutes after a fact orders occurs")),
        ("{did: orders, since: 2026-01-01T00:00:00Z}", (ORDERED,)),
        (
            "{did: orders, since: start of month, time_zone: Europe/Paris}",
            (ORDERED, "at the start of the next month after a fact orders occurs (Europe/Paris)"),
        ),
        ("{did: orders, where: {total: {above: 5}}}", ("when a fact orders where total above 5 begins, changes or ends",)),
        (
            "{did: orders, where: {shipped_at: {within: 2 days}}}",
            (ORDERED, "2 days after shipped_at of a fact orders", "at shipped_at of a fact orders"),
        ),
        (
            "{attribute: birthday, within_next: 3 days}",
            (
                "when a setting of birthday begins",
                "3 days before midnight of birthday (UTC)",
                "at midnight of birthday (UTC)",
            ),
        ),
        (
            "{attribute: birthday, anniversary_within_next: 7 days, time_zone: customer}",
            (
                "when a setting of birthday begins",
                "each year 1 day after the anniversary of birthday (each customer's zone)",
                "each year 6 days before the anniversary of birthday (each customer's zone)",
            ),
        ),
        (
            "{attribute: tier, is: gold, for: 30 days}",
            ("when a setting of tier begins", "30 days after a setting of tier begins"),
        ),
        (
            "{sequence: [{did: email_opened}, {did_not: orders, within: 3 days}], within: 7 days}",
            (OPENED, ORDERED, "10 days after a fact email_opened occurs", "3 days after a fact email_opened occurs"),
        ),
        (
            "{entered: mailed, within: 7 days}",
            (
                OPENED,
                "12 days after a fact email_opened occurs",
                "5 days after a fact email_opened occurs",
                "7 days after a fact email_opened begins, changes or ends",
                "7 days after the customer begins",
            ),
        ),
        ("{in_segment: rest, status: active}", (OPENED, ORDERED, "5 days after a fact email_opened occurs")),
        ("{listed_in: blocked}", ("when an entry of list blocked begins, changes or ends",)),
        ("{score: churn, above: 0.5}", ("when a publication of churn begins",)),
        (
            '{sql: "last_order_at >= current_date - 30"}',
            (ORDERED, "at the start of the day 31 days after the one in which a fact orders occurs (UTC)"),
        ),
        ("{everyone: true}", ()),
    ],
)
def test_breakpoints_of_every_kind_are_said_as_they_are_registered(tmp_path: Path, rule: str, expected: tuple[str, ...]) -> None:
    assert plans(tmp_path, rule)["asked"].breakpoints == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "starts_at: 2026-01-01T00:00:00Z, expires_at: 2026-02-01T00:00:00Z",
            ("at the instant 2026-01-01T00:00:00Z", "at the instant 2026-02-01T00:00:00Z"),
        ),
        ("parent: mailed", (OPENED, "5 days after a fact email_opened occurs")),
    ],
)
def test_the_whole_of_a_segment_has_breakpoints(tmp_path: Path, keys: str, expected: tuple[str, ...]) -> None:
    assert plans(tmp_path, f"{{everyone: true}}, {keys}")["asked"].breakpoints == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{did: orders, within: 30 days}", ("orders: 30 days",)),
        ("{all: [{did: orders, within: 30 days}, {did_not: orders, within: 60 days}]}", ("orders: 60 days",)),
        ("{did: orders, older_than: 30 days}", ("orders: all",)),
        ("{did: orders, since: start of quarter}", ("orders: 92 days",)),
        ("{did: orders, since: 2026-01-01T00:00:00Z}", ("orders: since 2026-01-01T00:00:00Z",)),
        (
            "{sequence: [{did: email_opened}, {did_not: orders, within: 3 days}], within: 7 days}",
            ("email_opened: 10 days", "orders: 10 days"),
        ),
        ("{sequence: [{did: email_opened}, {did: orders}], within: 7 days}", ("email_opened: all", "orders: all")),
        ("{entered: mailed, within: 7 days}", ("email_opened: 12 days",)),
        ("{in_segment: rest, status: active}", ("email_opened: 5 days", "orders: all")),
        ("{attribute: tier, changed_within: 7 days}", ("attribute tier: the settings of 7 days and whether one was before",)),
        ("{any: [{score: churn, above: 0.5}, {listed_in: blocked}]}", ("list blocked: the entries that have not ended", "score churn: the latest")),
        ("{everyone: true}", ("nothing but that the customer exists",)),
    ],
)
def test_the_history_needed_is_the_longest_reach_of_each_fact(tmp_path: Path, rule: str, expected: tuple[str, ...]) -> None:
    assert plans(tmp_path, rule)["asked"].history == expected


def test_what_a_reference_reads_is_shared_and_not_added(tmp_path: Path) -> None:
    found = plans(tmp_path, "{all: [{in_segment: mailed}, {did: orders, within: 9 days}]}")
    assert (found["asked"].reads, found["asked"].adds) == (4, 2)  # a measure and a leaf of its own, and those of mailed
    assert (found["mailed"].reads, found["mailed"].adds) == (2, 0)


def test_the_shares_are_parts_of_all_that_is_worked_out(tmp_path: Path) -> None:
    found = plans(tmp_path, "{did: orders, within: 9 days}")
    assert {slug: plan.share for slug, plan in found.items()} == dict.fromkeys(("asked", "mailed", "low"), 0.3333)
