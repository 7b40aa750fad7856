"""After batches: the ledger is held against facts and mended; compaction is nothing new."""

from __future__ import annotations

import pytest

from segmentation.adapters.maintenance import compact
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.reconcile_membership import reconcile_ledger
from tests.property.arrivals import generate_world
from tests.stream.worlds import WorldLake

pytestmark = pytest.mark.spark
SEED = 1


@pytest.fixture
def evaluator(interpreted, tmp_path) -> Evaluator:
    world = generate_world(SEED, customers=6, segments=6, slices=2, versions=1)
    lake = WorldLake(interpreted, tmp_path, world, SEED)
    for batch in world.batches:
        lake.arrive(batch)
        lake.evaluator.catch_up(batch.now)
    return lake.evaluator


def test_a_planted_difference_is_named_and_mended_and_upkeep_is_nothing_new(evaluator):
    assert reconcile_ledger(evaluator).count == 0
    ledger = evaluator.lake.read("membership_changes")
    planted = ledger.where("assertion > 0").orderBy("customer_id", "effective_at", "segment").limit(1).selectExpr(
        *(name if name != "assertion" else "-1 as assertion" for name in ledger.columns)
    ).localCheckpoint()  # fmt: skip
    row = planted.selectExpr("customer_id", "segment", "unix_micros(effective_at) as at", "status").first()
    evaluator.lake.append("membership_changes", planted, "planted", 1)
    result = reconcile_ledger(evaluator, repair=True)
    found = result.differences[0]
    assert (result.count, result.is_repaired) == (1, True)
    assert (found.customer_id, found.segment, found.effective_at, found.believed, found.recomputed) == (*row[:3], None, row.status)
    assert reconcile_ledger(evaluator).count == 0
    assert evaluator.lake.read("membership_changes").where("cause = 'repair'").count() == 1
    compact(evaluator.lake.spark, evaluator.lake.address("events"))
    assert evaluator.step(result.as_of) is None
