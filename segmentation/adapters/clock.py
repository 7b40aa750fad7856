"""The clock as a streaming source: batches fire when nothing arrives, and a batch that is repeated sees the same instant."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.types import StructType

from segmentation.settings import Settings

Micros = int
BEGINNING: Micros = 0
"""The first offset lies in the past and is always the same: a stream that starts `now` has no row of the clock in its first batch."""


class ClockSource(DataSource):
    """`at` (microseconds): one row a batch, the newest tick. Option `tick` in microseconds. The methods' names are Spark's."""

    @classmethod
    def name(cls) -> str:
        return "clock"

    def schema(self) -> str:
        return "at bigint"

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: ARG002, N802
        return ClockReader(int(self.options["tick"]))


class Tick(InputPartition):
    """The end of a range of ticks."""

    def __init__(self, at: Micros) -> None:
        super().__init__(at)
        self.at = at


class ClockReader(DataSourceStreamReader):
    """Offsets are instants. Whatever lies between two of them, a range yields its end alone."""

    def __init__(self, tick: Micros) -> None:
        self._tick = tick
        self._latest = BEGINNING

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802
        return {"at": BEGINNING}

    def latestOffset(self) -> dict[str, Any]:  # noqa: N802
        """The last full tick; never before one that was given, even where the machine's clock was moved back."""
        now = time.time_ns() // 1000
        self._latest = max(self._latest, now - now % self._tick)
        return {"at": self._latest}

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[InputPartition]:
        return [Tick(end["at"])] if end["at"] > start["at"] else []

    def read(self, partition: InputPartition) -> Iterator[tuple[Micros]]:
        assert isinstance(partition, Tick)
        yield (partition.at,)


def open_clock(spark: SparkSession, settings: Settings) -> DataFrame:
    """A stream of one column, `at`. A query that holds it needs the session's triggerAvailableNowWrapper to take --once in batches."""
    spark.dataSource.register(ClockSource)
    return spark.readStream.format(ClockSource.name()).option("tick", str(settings.tick)).load()
