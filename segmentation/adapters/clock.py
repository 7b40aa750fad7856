"""Time as a stream: a query that holds it fires when nothing arrives, and a batch that failed gets the same instant again.

A Python streaming data source whose offset is the logical time. Its first offset is a fixed past instant, so that the very first batch
holds a row; a range of offsets yields one row, its end. Python sources know no available-now: the session sets
`spark.sql.streaming.triggerAvailableNowWrapper.enabled`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.types import StructType

NAME = "segmentation_clock"
FIRST = 0
"""Microseconds since 1970: before any instant that a batch could ask for."""


class Range(InputPartition):
    """From one offset to the next; only its end is told."""

    def __init__(self, end: int) -> None:
        self.end = end


class ClockReader(DataSourceStreamReader):
    """Offsets are microseconds, in steps of `tick`."""

    def __init__(self, tick: int) -> None:
        self._tick = max(tick, 1)

    def initialOffset(self) -> dict[str, int]:  # noqa: N802 (Spark's name)
        return {"at": FIRST}

    def latestOffset(self) -> dict[str, int]:  # noqa: N802
        now = time.time_ns() // 1000
        return {"at": now - now % self._tick}

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> Sequence[InputPartition]:
        return [Range(end["at"])] if end["at"] > start["at"] else []

    def read(self, partition: InputPartition) -> Iterator[tuple[int]]:
        assert isinstance(partition, Range)
        yield (partition.end,)

    def commit(self, end: dict[str, int]) -> None:
        """Nothing is kept: the checkpoint holds the offset."""


class Clock(DataSource):
    """`spark.readStream.format("segmentation_clock").option("tick", microseconds)`."""

    @classmethod
    def name(cls) -> str:
        return NAME

    def schema(self) -> str:
        return "at bigint"

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: N802
        del schema
        return ClockReader(int(self.options.get("tick", "1000000")))


def read_clock(spark: SparkSession, tick: int, source: Any = Clock) -> DataFrame:
    """A stream of (at bigint), one row a tick that has passed. tick: microseconds."""
    spark.dataSource.register(source)
    return spark.readStream.format(NAME).option("tick", str(tick)).load()
