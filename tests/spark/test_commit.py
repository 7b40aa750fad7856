"""The commit protocol: plans first, batches last, one process at a time."""

from __future__ import annotations

import pytest

from segmentation.adapters.lake import Lake
from segmentation.issues import EngineError, UserError
from segmentation.pipelines.commit import Commits
from segmentation.tables import BATCHES, PLANS

pytestmark = pytest.mark.spark


@pytest.fixture
def tables(spark, lake) -> Lake:
    tables = Lake(spark, lake)
    tables.create(PLANS)
    tables.create(BATCHES)
    return tables


def test_a_job_without_plans_has_neither_a_last_nor_an_unfinished_one(tables):
    commits = Commits(tables, "evaluate", "run-1")
    assert commits.last() is None
    assert commits.unfinished() is None


def test_a_plan_without_its_row_in_batches_is_found_by_the_next_process_as_it_was_planned(tables):
    planned = Commits(tables, "evaluate", "run-1").begin(
        previous_as_of=5, as_of=10, from_versions={"events": 1}, to_versions={"events": 2}, fingerprint="abc", details={"reason": "a word"}
    )
    found = Commits(tables, "evaluate", "run-2").unfinished()
    assert found == planned


def test_a_finished_plan_is_the_last_one_and_the_next_counts_on(tables):
    first = Commits(tables, "evaluate", "run-1")
    first.finish(first.begin(as_of=10), rows_in=3, seconds={"plan": 0.5})
    second = Commits(tables, "evaluate", "run-2")
    assert second.unfinished() is None
    plan = second.begin(previous_as_of=10, as_of=20)
    assert (plan.batch_id, plan.recorded_at > first.last().recorded_at) == (2, True)
    assert [row.rows_in for row in tables.read("batches").collect()] == [3]


def test_jobs_count_their_batches_apart(tables):
    one, other = Commits(tables, "ingest", "run-1"), Commits(tables, "evaluate", "run-1")
    one.finish(one.begin())
    assert (one.begin().batch_id, other.begin().batch_id) == (2, 1)


def test_a_second_process_that_plans_the_same_batch_is_refused_and_changes_nothing(tables):
    first, second = Commits(tables, "evaluate", "run-1"), Commits(tables, "evaluate", "run-2")
    assert first.last() is second.last() is None
    first.begin(as_of=10)
    with pytest.raises(UserError, match="another process \\(run run-1\\) planned batch 1 of evaluate"):
        second.begin(as_of=11)
    assert tables.read("plans").count() == 1
    assert second.unfinished().run_id == "run-1"


def test_a_plan_cannot_be_begun_while_one_is_unfinished(tables):
    commits = Commits(tables, "evaluate", "run-1")
    commits.begin()
    with pytest.raises(EngineError, match="batch 1 of evaluate is unfinished"):
        commits.begin()


def test_a_batch_finished_twice_has_one_row(tables):
    plan = Commits(tables, "evaluate", "run-1").begin()
    for run in ("run-1", "run-2"):
        Commits(tables, "evaluate", run).finish(plan, rows_in=1)
    assert tables.read("batches").count() == 1


def test_plans_are_recorded_in_rising_order_even_when_the_clock_is_moved_back(tables, monkeypatch):
    commits = Commits(tables, "evaluate", "run-1")
    first = commits.begin()
    commits.finish(first)
    monkeypatch.setattr("segmentation.pipelines.commit._now", lambda: first.recorded_at - 1_000_000)
    assert commits.begin().recorded_at == first.recorded_at + 1


def test_a_figure_that_is_no_column_of_batches_is_our_fault(tables):
    commits = Commits(tables, "evaluate", "run-1")
    with pytest.raises(EngineError, match="rows_inn"):
        commits.finish(commits.begin(), rows_inn=1)


def test_a_lake_of_another_deployment_is_refused(tables):
    Commits(tables, "evaluate", "run-1").begin()
    other = Lake(tables.spark, tables.settings.model_copy(update={"deployment": "other"}))
    with pytest.raises(UserError, match="this lake belongs to the deployment 'main', and the settings say 'other'"):
        Commits(other, "evaluate", "run-2").last()
