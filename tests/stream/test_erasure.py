"""An event erased by id never was: the belief is that of a world without it, and what was believed before stays readable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segmentation.issues import UserError
from segmentation.membership.ledger import fold
from segmentation.pipelines.erase_events import erase_events
from segmentation.rules.facts import Fact
from tests.property.arrivals import generate_world
from tests.stream.worlds import WorldLake, rows_of, truth_of

pytestmark = pytest.mark.spark
SEED = 1


def is_event(fact: Fact) -> bool:
    return fact.cause == "event"


@pytest.fixture
def world():
    return generate_world(SEED, customers=6, segments=6, slices=1, versions=1)


@pytest.fixture
def evaluated(interpreted, tmp_path, world) -> WorldLake:
    lake = WorldLake(interpreted, tmp_path, world, SEED)
    for batch in world.batches:
        lake.arrive(batch)
        lake.catch_up(batch.now)
    return lake


def test_an_erased_event_never_was_and_erasing_it_again_changes_nothing(evaluated, world):
    lake = evaluated.lake
    names = sorted({fact.kind for facts in world.truth.values() for fact in facts if is_event(fact)})[:2]
    believed = evaluated.belief()
    gone: set[tuple[str, str]] = set()
    for name in names:
        ids = sorted({fact.fact_id for facts in world.truth.values() for fact in facts if is_event(fact) and fact.kind == name})[::2]
        found = erase_events(lake, "run", name, [*ids, "never there"], "a test")
        assert found.unknown == ("never there",)
        assert found.events >= len(ids)
        assert erase_events(lake, "run", name, ids).events == 0
        gone |= {(name, each) for each in ids}
    evaluated.catch_up(world.batches[-1].now)
    left = {customer: [fact for fact in facts if (fact.kind, fact.fact_id) not in gone] for customer, facts in world.truth.items()}
    assert evaluated.belief() == truth_of(replace(world, truth=left), SEED)
    assert evaluated.belief() != believed
    before = lake.read("plans").where("job = 'erase'").selectExpr("min(unix_micros(recorded_at)) as at").first().at
    assert rows_of(fold(lake.read("membership_changes").where(f"unix_micros(recorded_at) < {before}"))) == believed


def test_an_event_that_nobody_knows_is_one_sentence_and_plans_nothing(interpreted, tmp_path, world):
    lake = WorldLake(interpreted, tmp_path, world, SEED).lake
    with pytest.raises(UserError, match="no event bought with the id x, y"):
        erase_events(lake, "run", "bought", ["x", "y"])
    assert lake.read("plans").where("job = 'erase'").isEmpty()
