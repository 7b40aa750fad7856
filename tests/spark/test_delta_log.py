"""What is asked of Delta's log in the driver says the same as what Delta's own readers say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import functions as F

from segmentation.adapters import delta, delta_log, maintenance
from segmentation.adapters.lake import Lake
from tests.spark.aged_logs import clean_as_if_old

pytestmark = pytest.mark.spark


def append(lake: Lake, *batches: int) -> None:
    for batch in batches:
        lake.append_rows("due", [{"customer_id": str(batch), "due_at": batch, "batch_id": batch}], "evaluate", batch)


def said_by_the_feed(lake: Lake, from_version: int, to_version: int) -> list[str]:
    changes = delta.read_changes(lake.spark, lake.address("due"), from_version, to_version)
    return customers(changes.where("_change_type = 'insert'"))


def customers(frame) -> list[str]:
    return sorted(row.customer_id for row in frame.select("customer_id").collect())


def asked_of_the_log(lake: Lake, from_version: int, to_version: int):
    return delta_log.read_appended(lake.spark, lake.address("due").path, from_version, to_version)


def test_new_rows_are_those_of_the_files_that_were_added_whatever_was_compacted_between(due):
    append(due, 1, 2)
    maintenance.compact(due.spark, due.address("due"))
    append(due, 3, 4)
    newest = due.latest_version("due")
    for since in range(newest):
        rows = asked_of_the_log(due, since, newest)
        assert customers(rows) == said_by_the_feed(due, since, newest)
        assert customers(due.read_new_rows("due", since, newest)) == customers(rows)


def test_the_feed_is_asked_where_rows_were_taken_out_where_more_followed_and_where_commits_are_many(due, monkeypatch):
    append(due, 1, 2)
    due.latest_version("due")
    assert asked_of_the_log(due, 0, 1) is None  # 2 is known of
    due.spark.sql(f"delete from {due.address('due').sql} where customer_id = '1'")
    append(due, 3)
    newest = due.latest_version("due")
    assert asked_of_the_log(due, 0, newest) is None
    assert customers(asked_of_the_log(due, newest - 1, newest)) == ["3"]
    assert [customers(due.read_new_rows("due", since, newest)) for since in range(newest)] == [["1", "2", "3"], ["2", "3"], ["3"], ["3"]]
    append(due, 4)
    monkeypatch.setattr(delta_log, "MANY_COMMITS", 1)
    assert asked_of_the_log(due, newest - 1, due.latest_version("due")) is None


def test_new_rows_of_before_a_column_was_added_have_it_empty(due):
    append(due, 1)
    wider = due.frame("due", [{"customer_id": "2", "due_at": 2, "batch_id": 2}]).withColumn("note", F.lit("new"))
    due.append("due", wider, "evaluate", 2, merge_schema=True)
    rows = due.read_new_rows("due", 0, due.latest_version("due"))
    assert sorted((row.customer_id, row.note) for row in rows.collect()) == [("1", None), ("2", "new")]


def test_a_pinned_table_stays_as_it_was_and_belongs_to_the_session_that_asks(due):
    append(due, 1)
    other = due.on(due.spark.newSession())
    pinned, new = other.read_pinned("due"), other.read_new_rows("due", 0, 1)
    append(due, 2)
    assert customers(pinned) == customers(new) == ["1"]
    assert pinned._jdf.sparkSession().equals(other.spark._jsparkSession)
    assert new._jdf.sparkSession().equals(other.spark._jsparkSession)
    assert other.append("due", new.withColumn("batch_id", F.expr("3L")), "evaluate", 3) is True  # Delta tells the frame's session what it did


def test_where_the_log_no_longer_reaches_back_all_rows_are_new(due, monkeypatch):
    append(due, 1, 2, 3)
    assert clean_as_if_old(due, "due") == [3]
    append(due, 4, 5)
    newest = due.latest_version("due")
    for _ in range(2):
        assert customers(due.read_new_rows("due", newest - 2, newest)) == ["4", "5"]
        assert customers(due.read_new_rows("due", 1, newest)) == ["1", "2", "3", "4", "5"]
        monkeypatch.setattr(delta_log, "MANY_COMMITS", 0)  # by the feed


def test_entries_of_the_log_that_nothing_needs_go_and_the_table_stays(due):
    logs, path, nothing = due.spark._jvm.org.apache.spark.sql.delta.DeltaLog, str(due.address("due").path), due.spark._jvm.scala.Option.empty()
    known_before = logs.forTable(due.spark._jsparkSession, path)
    logs.clearCache()
    append(due, 1, 2, 3)
    maintenance.clean_log(due.spark, due.address("due"), 60)
    assert len(list(Path(path, "_delta_log").glob("*.json"))) == 4
    assert clean_as_if_old(due, "due") == [3]
    assert not list(Path(path, "_delta_log").glob(f"*{2:020}*"))
    assert known_before.update(False, nothing, nothing).version() == due.latest_version("due") == 3
    assert customers(due.read("due")) == ["1", "2", "3"]
    assert due.append_rows("due", [{"customer_id": "again", "due_at": 2, "batch_id": 2}], "evaluate", 2) is False
