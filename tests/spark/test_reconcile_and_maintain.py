"""After batches: the ledger is held against facts and mended; compaction is nothing new."""

from __future__ import annotations

from random import Random

import pytest

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.adapters.maintenance import compact
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.reconcile_membership import reconcile_ledger
from tests.property.frames import ddl, fact_frames, union_of_properties
from tests.property.generated_facts import DAY
from tests.property.strategies import always, generate_case
from tests.property.test_two_readings import distinctly
from tests.stream.test_any_cut import _ddl, arrivals_of, cut

pytestmark = pytest.mark.spark
SEED = 1


@pytest.fixture
def evaluator(spark, lake) -> Evaluator:
    case = generate_case(SEED, customers=6, segments=8)
    tables = Lake(spark, lake.model_copy(update={"snapshot_every": 520 * 7 * DAY}))
    frames = fact_frames(spark, case.vocabulary, {})
    versions = {name.removesuffix("_versions"): _ddl(frame) for name, frame in frames.items() if name.endswith("_versions")}
    create_lake_tables(tables, ddl(union_of_properties(case.vocabulary, "event")), versions)
    in_force = distinctly(SEED, (always(case.rule_set),))
    evaluator = Evaluator(tables, case.vocabulary, lambda _version: in_force, "run")
    for number, batch in enumerate(cut(arrivals_of(case.customers), Random(3), 2), start=1):
        histories: dict = {}
        for customer, fact in batch:
            histories.setdefault(customer, []).append(fact)
        for table, frame in fact_frames(spark, case.vocabulary, histories).items():
            tables.append(table, frame, "test", number)
        evaluator.step()
    return evaluator


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
    assert evaluator.step() is None
