"""What the product relies on in Delta, held fast: these fail when a new version behaves differently."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from delta.exceptions import ConcurrentAppendException

from segmentation.adapters.delta import Address, read
from segmentation.adapters.lake import Lake
from segmentation.issues import UserError
from segmentation.tables import DUE, MEMBERSHIP

pytestmark = pytest.mark.spark


def ids(frame) -> list[str]:
    return sorted(row.customer_id for row in frame.collect())


def append(lake: Lake, batch: int, *customers: str, job: str = "evaluate") -> bool:
    return lake.append_rows("due", [{"customer_id": customer, "due_at": 0, "batch_id": batch} for customer in customers], job, batch)


def test_rows_between_two_versions_are_those_committed_after_the_first_up_to_the_second(due):
    for batch, customer in enumerate("abc", start=1):
        append(due, batch, customer)
    assert due.latest_version("due") == 3
    assert [ids(due.read_new_rows("due", *versions)) for versions in ((0, 1), (1, 3), (-1, 2), (3, 3))] == [["a"], ["b", "c"], ["a", "b"], []]


def test_compaction_and_deletion_bring_no_new_rows(due):
    append(due, 1, "a")
    append(due, 2, "b")
    due.spark.sql(f"optimize {due.address('due').sql}")
    due.spark.sql(f"delete from {due.address('due').sql} where customer_id = 'a'")
    append(due, 3, "c")
    assert ids(due.read_new_rows("due", 2, due.latest_version("due"))) == ["c"]


def test_a_batch_appended_twice_is_there_once_even_with_other_rows(due):
    assert append(due, 1, "a") is True
    assert append(due, 1, "b") is False
    assert ids(due.read("due")) == ["a"]


def test_an_empty_append_counts_as_the_batch(due):
    assert due.append("due", due.read("due"), "evaluate", 1) is True
    assert append(due, 1, "a") is False


def test_an_earlier_batch_than_the_last_is_skipped_and_another_job_counts_for_itself(due):
    append(due, 5, "a")
    assert append(due, 4, "b") is False
    assert append(due, 4, "c", job="backfill") is True


def test_of_two_live_writers_with_one_transaction_only_one_writes(spark, due):
    def write(customer: str) -> bool | str:
        try:
            return append(due.on(spark.newSession()), 1, customer)
        except UserError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(write, "ab"))
    assert results.count(True) == 1
    assert due.read("due").count() == 1
    other = next(result for result in results if result is not True)
    assert other is False or "another process wrote the same batch" in other


def test_a_table_is_clustered_and_has_its_change_feed_and_creating_it_again_changes_nothing(due):
    append(due, 1, "a")
    due.create(DUE)
    detail = due.spark.sql(f"describe detail {due.address('due').sql}").first()
    assert detail.clusteringColumns == ["due_at"]
    assert detail.properties["delta.enableChangeDataFeed"] == "true"
    assert ids(due.read("due")) == ["a"]


def test_old_versions_of_membership_stay_and_those_of_what_is_read_by_its_newest_go(due):
    due.create(MEMBERSHIP)
    kept = {name: due.spark.sql(f"describe detail {due.address(name).sql}").first().properties for name in ("due", "membership")}
    days = {name: properties["delta.logRetentionDuration"] for name, properties in kept.items()}
    assert days == {"due": "interval 7 days", "membership": "interval 36500 days"}


def test_a_missing_table_and_rows_of_another_shape_are_said_in_one_sentence(due):
    with pytest.raises(UserError, match="there is no Delta table here"):
        due.read("nothing")
    with pytest.raises(UserError, match="the rows do not have this table's columns and types"):
        due.append("due", due.spark.sql("select 'a' as customer_id, 1 as points"), "evaluate", 1)


def test_the_statistics_of_an_instant_let_files_be_skipped(due):
    for batch in range(1, 4):
        due.append("due", due.frame("due", [{"customer_id": str(batch), "due_at": batch * 10**12}]), "evaluate", batch)
    one = due.read("due").where(f"due_at = timestamp_micros({2 * 10**12}L)")
    assert (len(one.inputFiles()), len(due.read("due").inputFiles())) == (1, 3)


def test_a_creation_that_was_cut_off_before_its_first_commit_does_not_stand_in_the_way(spark, lake):
    tables = Lake(spark, lake)
    log = Path(lake.path("due"), "_delta_log")
    (log / "_staged_commits").mkdir(parents=True)
    (log / ".00000000000000000000.json.tmp").write_text("")
    tables.create(DUE)
    assert tables.latest_version("due") == 0


@pytest.mark.parametrize("is_pinned", [True, False])
def test_an_append_worked_out_from_a_pinned_version_does_not_collide_with_other_appends(spark, tmp_path, is_pinned):
    """The other half shows why nothing that is appended beside other jobs may be read as the table is."""
    path = str(tmp_path / "table")
    spark.range(3).write.format("delta").save(path)
    known = read(spark, Address(path), 0 if is_pinned else None)
    asleep = "java_method('java.lang.Thread', 'sleep', 1500L + id) is not null"
    slow = spark.range(2, 5).where(asleep).join(known, "id", "left_anti")
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(slow.write.format("delta").mode("append").save, path)
        time.sleep(1)
        spark.range(9, 10).write.format("delta").mode("append").save(path)
        if is_pinned:
            writing.result()
        else:
            with pytest.raises(ConcurrentAppendException):
                writing.result()
    assert spark.read.format("delta").load(path).count() == (6 if is_pinned else 4)
