"""Messages and tables: sources whose stream yields the rows themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame, SparkSession

from segmentation.adapters.delta_errors import translated
from segmentation.adapters.sources.columns import with_row_columns
from segmentation.adapters.sources.json_columns import with_json_columns
from segmentation.definitions.documents import Source
from segmentation.settings import Settings

DEFAULTS: Mapping[str, Mapping[str, str]] = {
    # Fail in seconds instead of minutes when the broker is away, and never go on over lost offsets.
    "kafka": {"failOnDataLoss": "true", "startingOffsets": "earliest", "kafka.default.api.timeout.ms": "20000", "kafka.request.timeout.ms": "15000"},
    # Compaction, deletions and erasure in the table are no events.
    "delta": {"skipChangeCommits": "true"},
}


def open_row_stream(spark: SparkSession, source: Source, settings: Settings) -> DataFrame:
    """The stream of any format of Spark's, options passed through."""
    options = {**DEFAULTS.get(source.format, {}), **{key: str(value) for key, value in source.options.items()}}
    reader = spark.readStream.format(source.format).options(**options)
    with translated(f"source {source.name}"):
        return reader.load(settings.expand(source.path)) if source.path else reader.load()


def read_rows(micro_batch: DataFrame, source: Source) -> DataFrame:
    """The rows of a micro-batch with the columns of ours."""
    return READERS.get(source.format, _read_other)(micro_batch, source)


def _read_kafka(micro_batch: DataFrame, source: Source) -> DataFrame:
    """Topic, partition and offset are the position; the broker's timestamp is when the event arrived."""
    rows = micro_batch.selectExpr("cast(value as string) as _line", "concat_ws(':', topic, partition, offset) as _at", "timestamp as _timestamp")
    return with_json_columns(with_row_columns(rows, payload="coalesce(_line, '')", position="_at", arrived_at="_timestamp"), source.rows)


def _read_other(micro_batch: DataFrame, source: Source) -> DataFrame:
    """A table's own columns; without `rows` its column `value` holds the envelope."""
    if not source.rows and "value" in micro_batch.columns:
        return with_row_columns(micro_batch.selectExpr("cast(value as string) as _line"), payload="_line")
    return with_row_columns(micro_batch)


READERS: Mapping[str, Callable[[DataFrame, Source], DataFrame]] = {"kafka": _read_kafka}
