"""Upkeep keeps the number of files flat, is nothing new to the next batch, and keeps away while a batch is unfinished."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.issues import UserError
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.maintain_tables import maintain_lake
from segmentation.settings import Settings
from tests.spark.aged_logs import clean_as_if_old

pytestmark = pytest.mark.spark
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "benchmarks" / "many_batches.py"
BATCHES, EVERY = 4, 2


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[SCRIPT.stem] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_files_stay_flat_and_maintenance_is_nothing_new_to_the_next_batch(spark, lake, at_night):
    script, tables = load_script(), Lake(spark, lake)
    first, second = script.run_batches(tables, BATCHES, EVERY, customers=20, touched=4)
    assert first.files == {"events": EVERY, "due": EVERY, "membership_changes": EVERY, "plans": EVERY, "batches": EVERY}
    assert all(second.files[table] <= EVERY + 1 for table in second.files)  # what was compacted, and what came since
    assert all(count <= 1 for count in script.count_files(tables).values())
    evaluator = Evaluator(tables, script.VOCABULARY, lambda _version: (script.rules(),), "next")
    as_of = evaluator.commits.last().as_of
    assert tables.read("due").where(f"due_at <= timestamp_micros({as_of}L)").isEmpty()
    assert not tables.read("due").isEmpty()
    assert evaluator.step() is None
    evaluator.commits.begin(as_of=as_of)
    with pytest.raises(UserError, match="a batch is unfinished"):
        maintain_lake(tables, evaluator)


def test_an_evaluation_that_stood_still_while_the_log_of_the_facts_was_cleaned_asks_all_of_them_again(interpreted, tmp_path):
    script, beliefs = load_script(), []
    for name in ("undisturbed", "cleaned"):
        tables = Lake(interpreted, Settings(lake=str(tmp_path / name), clock="events"))
        create_lake_tables(tables, "page: string", {})
        evaluator = Evaluator(tables, script.VOCABULARY, lambda _version: (script.rules(),), name)
        script.append_events(tables, 0, customers=20, touched=4)
        before = evaluator.step().to_versions["events"]
        for number in (1, 2, 30):
            script.append_events(tables, number, customers=20, touched=4)
        if name == "cleaned":
            assert before + 1 not in clean_as_if_old(tables, "events")
        assert evaluator.step().details["rows_in"] == (12 if name == "undisturbed" else 16)
        beliefs.append(belief(tables))
    assert len(beliefs[0]) > 20
    assert beliefs[0] == beliefs[1]


def belief(lake: Lake) -> list[tuple[object, ...]]:
    """Transitions that are asserted and not taken back."""
    columns = ("customer_id", "segment", "effective_at", "status", "cause")
    rows = lake.read("membership_changes").groupBy(*columns).sum("assertion").where("`sum(assertion)` != 0")
    return sorted(tuple(row) for row in rows.collect())


def test_files_that_a_reader_may_still_need_are_not_let_go(spark, lake):
    script, tables = load_script(), Lake(spark, lake)
    with pytest.raises(UserError, match="24 hours is too short a retention"):
        maintain_lake(tables, Evaluator(tables, script.VOCABULARY, lambda _version: (), "run"), retain_hours=24)
