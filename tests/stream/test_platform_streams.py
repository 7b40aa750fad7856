"""What the product relies on in Structured Streaming, held fast."""

from __future__ import annotations

import time

import pytest
from pyspark.errors import StreamingQueryException

from segmentation.adapters.clock import open_clock
from segmentation.adapters.lake import Lake
from segmentation.tables import DUE

pytestmark = pytest.mark.spark
SECOND = 1_000_000


@pytest.fixture
def due(spark, lake) -> Lake:
    lake = Lake(spark, lake.model_copy(update={"tick": SECOND}))
    lake.create(DUE)
    return lake


def append(lake: Lake, batch: int, customer: str) -> None:
    lake.append_rows("due", [{"customer_id": customer, "due_at": 0}], "evaluate", batch)


def rows_of(lake: Lake):
    """A stream of the table, one commit a batch."""
    address = lake.address("due").path
    return lake.spark.readStream.format("delta").option("maxFilesPerTrigger", 1).load(address).selectExpr("customer_id", "bigint(null) as at")


def run(stream, lake: Lake, on_batch) -> None:
    checkpoint = lake.settings.checkpoint("probe")
    stream.writeStream.foreachBatch(on_batch).option("checkpointLocation", checkpoint).trigger(availableNow=True).start().awaitTermination()


def test_available_now_reads_the_backlog_in_batches_and_ends(due):
    for batch, customer in enumerate("abc", start=1):
        append(due, batch, customer)
    seen = []
    run(rows_of(due), due, lambda frame, _: seen.append([row.customer_id for row in frame.collect()]))
    assert [batch for batch in seen if batch] == [["a"], ["b"], ["c"]]


def test_with_the_clock_in_it_available_now_still_takes_the_backlog_in_batches(due):
    for batch, customer in enumerate("abc", start=1):
        append(due, batch, customer)
    seen = []
    stream = rows_of(due).unionByName(open_clock(due.spark, due.settings).selectExpr("string(null) as customer_id", "at"))
    run(stream, due, lambda frame, _: seen.append(frame.collect()))
    customers = [[row.customer_id for row in batch if row.customer_id] for batch in seen]
    assert [batch for batch in customers if batch] == [["a"], ["b"], ["c"]]
    ticks = [row.at for batch in seen for row in batch if row.at is not None]
    assert ticks == sorted(set(ticks))
    assert abs(ticks[-1] / SECOND - time.time()) < 60


def test_a_batch_of_the_clock_that_failed_is_repeated_with_the_same_instant(due):
    seen = []

    def fail_once(frame, number):
        seen.append([row.at for row in frame.collect()])
        if len(seen) == 1:
            raise RuntimeError("cut")

    clock = open_clock(due.spark, due.settings)
    with pytest.raises(StreamingQueryException):
        run(clock, due, fail_once)
    time.sleep(1.5)
    run(clock, due, fail_once)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_batches_fire_by_the_clock_when_nothing_arrives(due):
    seen = []
    stream = rows_of(due).unionByName(open_clock(due.spark, due.settings).selectExpr("string(null) as customer_id", "at"))
    writer = stream.writeStream.foreachBatch(lambda frame, _: seen.append(frame.collect()))
    query = writer.option("checkpointLocation", due.settings.checkpoint("probe")).trigger(processingTime="200 milliseconds").start()
    try:
        wait_until(lambda: len(seen) >= 3)
    finally:
        query.stop()


def test_a_schema_that_grows_under_a_running_stream_stops_it_once_and_loses_nothing(due):
    seen = []
    append(due, 1, "a")
    writer = rows_of(due).writeStream.foreachBatch(lambda frame, _: seen.extend(row.customer_id for row in frame.collect()))
    query = writer.option("checkpointLocation", due.settings.checkpoint("probe")).trigger(processingTime="100 milliseconds").start()
    wait_until(lambda: seen == ["a"])
    wider = due.frame("due", [{"customer_id": "b", "due_at": 0}]).selectExpr("*", "1 as points")
    due.append("due", wider, "evaluate", 2, merge_schema=True)
    wait_until(lambda: not query.isActive)
    assert "schema" in str(query.exception()).lower()
    run(rows_of(due), due, lambda frame, _: seen.extend(row.customer_id for row in frame.collect()))
    assert seen == ["a", "b"]


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert condition()
