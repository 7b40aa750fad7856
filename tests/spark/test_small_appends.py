"""Rows that are appended by Delta Kernel are rows like any other, to Spark and to other writers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from segmentation.adapters import delta_kernel
from segmentation.adapters.lake import Lake
from segmentation.issues import UserError
from segmentation.tables import PLANS

pytestmark = pytest.mark.spark


@pytest.fixture
def plans(spark, lake) -> Lake:
    lake = Lake(spark, lake)
    lake.create(PLANS)
    return lake


def row(batch: int) -> dict[str, object]:
    return {"job": "evaluate", "batch_id": batch, "recorded_at": 1_780_000_000_123_456, "to_versions": {"events": 7, "été": -1}, "details": "{}"}


def test_what_is_appended_is_what_spark_would_have_appended(plans):
    assert delta_kernel.is_available(plans.spark)
    assert plans.append_rows("plans", [row(1)], "by kernel", 1)
    assert plans.append("plans", plans.frame("plans", [row(1)]), "by spark", 1)
    one, other = plans.read("plans").collect()
    assert one == other
    assert (one.to_versions, one.from_versions, one.kind) == ({"events": 7, "été": -1}, None, None)
    assert one.recorded_at.microsecond == 123_456
    assert plans.read_new_rows("plans", 0, 1).count() == 1


def test_a_batch_counts_once_whichever_of_the_two_appended_it_first(plans):
    assert plans.append_rows("plans", [row(1)], "evaluate", 1) is True
    assert plans.append("plans", plans.frame("plans", [row(1)]), "evaluate", 1) is False
    assert plans.append("plans", plans.frame("plans", [row(2)]), "evaluate", 2) is True
    assert plans.append_rows("plans", [row(2)], "evaluate", 2) is False
    assert plans.append_rows("plans", [row(1)], "evaluate", 1) is False
    assert [each.batch_id for each in plans.read("plans").orderBy("batch_id").collect()] == [1, 2]


def test_of_many_writers_of_one_batch_one_wins_and_others_of_other_jobs_do_not_disturb_it(plans):
    def write(number: int) -> bool:
        try:
            return plans.append_rows("plans", [row(1)], "evaluate" if number % 2 else f"other {number}", 1)
        except UserError:
            return False

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(8)))
    assert sum(written[1::2]) == 1 and all(written[0::2])
    assert plans.read("plans").count() == 5


def test_a_hundred_appends_make_a_checkpoint_and_everything_is_still_there(plans):
    for batch in range(1, 103):
        plans.append_rows("plans", [row(batch)], "evaluate", batch)
    assert list(Path(str(plans.address("plans").path), "_delta_log").glob("*.checkpoint*"))
    assert plans.read("plans").count() == 102
    assert plans.append_rows("plans", [row(102)], "evaluate", 102) is False


def test_a_table_that_is_gone_is_one_sentence(plans):
    with pytest.raises(UserError, match="no Delta table here"):
        delta_kernel.append(plans.spark, f"{plans.address('plans').path}-gone", None, "app", 1)


def test_whoever_commits_to_a_table_on_this_machine_waits_for_the_other(plans):
    """On a local disk the later of two renames to one name would win, and the other's rows be lost."""
    writes = {
        "by kernel": lambda: plans.append_rows("plans", [row(1)], "by kernel", 1),
        "by spark": lambda: plans.append("plans", plans.frame("plans", [row(1)]), "by spark", 1),
    }
    with ThreadPoolExecutor(2) as pool:
        with plans.one_writer("plans"):
            waiting = [pool.submit(write) for write in writes.values()]
            assert wait(waiting, timeout=3).done == set()
        assert all(write.result(60) for write in waiting)
    assert plans.read("plans").count() == 2
