"""Definitions change in the middle, and back: everybody is asked about the segments concerned alone, and the belief is the truth all the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from segmentation.pipelines.commit import Plan
from segmentation.pipelines.reading import Reader
from segmentation.pipelines.reconcile_membership import reconcile_ledger
from segmentation.rules.affected import redefinition
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Entered, InSegmentFor, Micros, Not, RuleSet, SegmentRule
from segmentation.rules.normalize import normalize
from segmentation.rules.traverse import every
from tests.property.arrivals import World, generate_world
from tests.property.test_two_readings import decided_by_interpreter, distinctly
from tests.stream.worlds import WorldLake, members_at, truth_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
SEED = 147


def turned_round(state: InForce, slug: str, since: Micros) -> InForce:
    """The next state: the rule of one segment says the opposite."""
    rules = (SegmentRule(each.slug, normalize(Not(each.rule))) if each.slug == slug else each for each in state.rule_set.segments)
    versions = {**state.versions, slug: state.versions[slug] + 1}
    return InForce(since, RuleSet(tuple(rules), state.rule_set.groups), versions, f"{state.fingerprint}/{slug}@{versions[slug]}")


def remembers(state: InForce, slug: str) -> bool:
    rule = next(each.rule for each in state.rule_set.segments if each.slug == slug)
    return any(isinstance(node, Entered | InSegmentFor) for node in every(rule))


def slug_in_a_group(state: InForce) -> str:
    """One whose change concerns others, but not all, and after whose return nothing is remembered."""
    for group in state.rule_set.groups:
        for slug in group.order:
            redefined = redefinition((state,), (state, turned_round(state, slug, 1)))
            rules = {each.slug for each in state.rule_set.segments}
            if redefined and 2 < len(redefined.asked) < len(rules) / 2 and not any(remembers(state, each) for each in redefined.asked & rules):
                return slug
    raise AssertionError("no segment of this world is fit for this test")


@dataclass
class Changed:
    """known: base, turned round, and round again, of one segment; plans: with `apply`, one for each change."""

    world: World
    lake: WorldLake
    slug: str
    known: tuple[InForce, ...]
    plans: list[Plan]
    differences: list[int]


@pytest.fixture(scope="module")
def changed(interpreted: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Changed:
    world = generate_world(SEED, customers=16, segments=8, slices=3, versions=1)
    (base,), (first, second, third) = world.definitions, world.batches
    slug = slug_in_a_group(base)
    middle = turned_round(base, slug, (first.now + second.now) // 2)
    back = replace(turned_round(middle, slug, (second.now + third.now) // 2), rule_set=base.rule_set)
    known = (base, middle, back)
    told = Changed(world, WorldLake(interpreted, tmp_path_factory.mktemp("changed"), world, SEED), slug, known, [], [])

    def then(rows: bool, number: int, definitions: tuple[InForce, ...], now: Micros) -> None:
        if rows:
            told.lake.append(world.batches[number].rows)
        told.lake.make_known(definitions)
        told.plans += told.lake.catch_up(now)

    then(True, 0, known[:1], first.now)
    then(True, 1, known[:2], second.now)  # late, together with facts
    told.differences.append(reconcile_ledger(told.lake.restart()).count)
    then(False, 2, known, second.now + 1)  # early: nothing to do yet
    then(True, 2, known, third.now)
    return told


def test_the_belief_is_the_truth_of_one_sweep_and_in_the_middle_that_of_the_facts_there_are(changed: Changed) -> None:
    assert changed.lake.belief() == truth_of(replace(changed.world, definitions=changed.known), SEED)
    assert changed.differences == [0]


def test_everybody_is_asked_about_the_segments_concerned_alone(changed: Changed) -> None:
    applied = [plan for plan in changed.plans if plan.kind == "apply"]
    base = changed.known[0]
    concerned = redefinition((base,), changed.known[:2])
    assert concerned is not None
    assert [plan.details["segments"] for plan in applied] == [sorted(concerned.changed)] * 2
    assert changed.slug in concerned.changed
    assert all(set(changed.lake.evaluator.program(plan, 0, concerned).names) == concerned.asked for plan in applied)
    by_definition = {row[2] for row in changed.lake.belief() if row[5] == "definition"}
    assert changed.slug in by_definition


def test_what_was_turned_back_is_as_if_it_had_never_been_turned(changed: Changed) -> None:
    now = changed.world.batches[-1].now
    start = min(fact.begins_at for facts in changed.world.truth.values() for fact in facts) - 1
    never = decided_by_interpreter(distinctly(SEED, changed.known[:1]), changed.world.vocabulary, changed.world.truth, start, now)
    last = {(row[0], row[2]): row for row in sorted(never, key=lambda row: row[1])}
    expected = {(customer, segment, row[3], row[4]) for (customer, segment), row in last.items() if row[3] != "none"}
    assert members_at(Reader(changed.lake.lake).membership()) == expected
