"""The embedded shop and conf/ belong together: every segment fills and empties, and the guide lives the story that is told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from segmentation.adapters.shop.generator import END, Shop, shop
from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.definitions.segments import rule_set
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret.sweep import Transition, sweep
from segmentation.settings import load_settings
from tests.unit.shop.facts_of_shop import read_facts, to_micros

CONF = Path(__file__).resolve().parents[3] / "conf"
DAY = 86_400_000_000


@pytest.fixture(scope="module")
def small() -> Shop:
    return shop(seed=1, customers=120)


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(CONF, load_settings(CONF / "environments" / "local.yaml"))


@pytest.fixture(scope="module")
def transitions(small: Shop, project: Project) -> dict[str, list[Transition]]:
    rules = (InForce(None, rule_set(project), {}, ""),)

    def of(customer_id: str, facts: list[Fact]) -> list[Transition]:
        return sweep(rules, facts, customer_id, to_micros(small.start), to_micros(END), vocabulary=project.vocabulary)

    return {customer_id: of(customer_id, facts) for customer_id, facts in read_facts(small).items()}


def test_every_segment_is_entered_and_left_by_several(transitions: dict[str, list[Transition]], project: Project) -> None:
    changes = [transition for found in transitions.values() for transition in found]
    entered = Counter(change.segment for change in changes if change.status == "active")
    left = Counter(change.segment for change in changes if change.status == "none")
    slugs = {*project.segments, *(group.default for group in project.groups.values() if group.default)}
    assert {slug for slug in slugs if entered[slug] < 3} == set()
    assert {slug for slug in slugs if left[slug] < 3} == set()


def test_segments_are_moved_by_every_kind_of_cause(transitions: dict[str, list[Transition]]) -> None:
    assert {change.cause for found in transitions.values() for change in found} == {"event", "table", "attribute", "time"}


def test_vip_outranks_churned_for_somebody(transitions: dict[str, list[Transition]]) -> None:
    assert any(change.segment == "churned" and change.outranked_by == "vip" for found in transitions.values() for change in found)


def test_the_guide_becomes_a_vip_churns_and_is_won_back(small: Shop, transitions: dict[str, list[Transition]]) -> None:
    start = to_micros(small.start)
    lifecycle = ("new", "vip", "churned", "won_back", "cart_abandoner", "just_promoted", "anniversary")
    story = [
        ((change.effective_at - start) // DAY, change.segment, change.status, change.cause)
        for change in transitions[small.guide]
        if change.segment in lifecycle
    ]
    assert story == [
        (4, "new", "active", "table"),
        (9, "new", "outranked", "table"),
        (9, "vip", "active", "table"),
        (18, "new", "none", "table"),
        (20, "just_promoted", "active", "attribute"),
        (27, "just_promoted", "none", "time"),
        (33, "cart_abandoner", "active", "time"),
        (39, "churned", "outranked", "time"),
        (40, "cart_abandoner", "none", "time"),
        (43, "anniversary", "active", "time"),
        (48, "churned", "active", "time"),
        (48, "vip", "none", "time"),
        (50, "anniversary", "none", "time"),
        (58, "churned", "none", "table"),
        (58, "won_back", "active", "table"),
    ]
