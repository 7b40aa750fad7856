"""The whole job on the embedded shop: what the ledger believes in the end is what the interpreter says of the same facts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from segmentation.adapters.shop.generator import Shop, shop
from segmentation.adapters.shop.writing import open_shop, write_days
from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.definitions.segments import rule_set
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret.sweep import sweep
from segmentation.settings import Settings
from tests.unit.shop.facts_of_shop import read_facts, to_micros

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]
CONF = Path(__file__).resolve().parents[2] / "conf"
STEP, DAYS, CUSTOMERS = 15, 30, 60
BELIEF = "customer_id, segment, unix_micros(effective_at), status, outranked_by, cause"


def run_steps(spark: SparkSession, given: Shop, project: Project, settings: Settings) -> None:
    from segmentation.adapters.lake import Lake
    from segmentation.pipelines.deployment import Deployment
    from segmentation.pipelines.run_segmentation import run_once

    deployment = Deployment(settings, project, spark, Lake(spark, settings))
    deployment.create_tables()
    open_shop(spark, settings)
    evaluator = deployment.evaluator()
    for step in given.steps(STEP):
        write_days(spark, given, step, settings)
        run_once(deployment, evaluator)


def read_belief(spark: SparkSession, settings: Settings) -> Counter[tuple[object, ...]]:
    changes = f"delta.`{settings.path('membership_changes')}`"
    rows = spark.sql(f"SELECT {BELIEF}, sum(assertion) AS believed FROM {changes} GROUP BY ALL HAVING sum(assertion) <> 0").collect()
    return Counter({tuple(row)[:-1]: row.believed for row in rows})


def tell_truth(given: Shop, project: Project, as_of: int) -> Counter[tuple[object, ...]]:
    rules = (InForce(None, rule_set(project), {}, ""),)
    since = to_micros(given.start) - 7 * 86_400_000_000
    return Counter(
        (customer_id, found.segment, found.effective_at, found.status, found.outranked_by, found.cause)
        for customer_id, facts in read_facts(given, STEP).items()
        for found in sweep(rules, facts, customer_id, since, as_of, vocabulary=project.vocabulary)
    )


def test_the_ledger_of_the_embedded_shop_is_what_the_interpreter_says(spark: SparkSession, lake: Settings) -> None:
    given, project = shop(seed=5, customers=CUSTOMERS, days=DAYS), load_project(CONF, lake)
    run_steps(spark, given, project, lake)
    plans = spark.read.format("delta").load(lake.path("plans")).where("job = 'evaluate'")
    as_of = plans.selectExpr("unix_micros(max(as_of)) AS as_of").collect()[0].as_of
    belief, truth = read_belief(spark, lake), tell_truth(given, project, as_of)
    assert set(belief.values()) == {1}
    assert sorted(truth - belief, key=repr)[:5] == []
    assert sorted(belief - truth, key=repr)[:5] == []
    assert len({segment for _, segment, *_ in belief}) >= 15
