"""Which adapter a source's format takes."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession

from segmentation.adapters.sources.files import open_file_stream
from segmentation.adapters.sources.messages import open_row_stream
from segmentation.definitions.documents import Source
from segmentation.settings import Settings

STREAMS_OF_ROWS = frozenset({"kafka", "delta", "rate", "rate-micro-batch", "socket", "kinesis", "pubsub", "eventhubs"})
"""Every other format is one of files."""


def is_of_files(source: Source) -> bool:
    return source.format not in STREAMS_OF_ROWS


def open_stream(spark: SparkSession, source: Source, settings: Settings) -> DataFrame:
    """File names (read_files reads them), or rows (read_rows gives them their columns)."""
    opener = open_file_stream if is_of_files(source) else open_row_stream
    return opener(spark, source, settings)
