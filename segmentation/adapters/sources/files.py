"""Which files are new: Spark's own file stream, asked for names only."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from segmentation.adapters.hadoop_files import open_folder
from segmentation.definitions.documents import Source
from segmentation.issues import UserError
from segmentation.settings import Settings

LISTING = "path string, modificationTime timestamp, length bigint, content binary"
LISTING_OPTIONS = ("pathGlobFilter", "recursiveFileLookup", "latestFirst", "maxFilesPerTrigger", "cleanSource", "sourceArchiveDir")


def open_file_stream(spark: SparkSession, source: Source, settings: Settings) -> DataFrame:
    """The names of new files, oldest first. `binaryFile` lists without opening them: so one that is broken cannot break the stream."""
    path = settings.expand(str(source.path))
    _require_place(path, source.name)
    reader = spark.readStream.format("binaryFile").schema(LISTING)
    # The default forgets files a week older than the newest: one that comes late would be lost without a word.
    reader = reader.option("maxFileAge", "36500d")
    if settings.max_files_per_trigger:
        reader = reader.option("maxFilesPerTrigger", settings.max_files_per_trigger)
    for option in LISTING_OPTIONS:
        if option in source.options:
            reader = reader.option(option, source.options[option])
    return reader.load(path).select("path")


def _require_place(path: str, source: str) -> None:
    """The folder before the first wildcard exists. Only asked of local paths: elsewhere Spark says it."""
    if "://" in path:
        return
    parts = Path(path).parts
    fixed = next((index for index, part in enumerate(parts) if any(sign in part for sign in "*?[{")), len(parts))
    folder = Path(*parts[:fixed]) if fixed else Path()
    if not folder.exists():
        raise UserError.because(f"source {source}: there is no folder {folder}", "Create it, or correct the path in conf/sources or --data.")


def listed_files(micro_batch: DataFrame, checkpoint: str, micro_batch_id: int) -> tuple[str, ...]:
    """The files of a micro-batch, in the order of their names; those that have vanished since they were listed, too."""
    try:
        return tuple(sorted(row.path for row in micro_batch.collect()))
    except (PySparkException, Py4JJavaError):
        return logged_files(micro_batch.sparkSession, checkpoint, micro_batch_id)


def logged_files(spark: SparkSession, checkpoint: str, micro_batch_id: int) -> tuple[str, ...]:
    """The same from the checkpoint: what Spark wrote down before it began the batch."""
    offset = json.loads(_lines(spark, f"{checkpoint}/offsets/{micro_batch_id}")[2])["logOffset"]
    log = f"{checkpoint}/sources/0/{offset}"
    try:
        entries = _lines(spark, log)
    except PySparkException:
        entries = _lines(spark, f"{log}.compact")
    found = [json.loads(entry) for entry in entries[1:]]
    return tuple(sorted(unquote(each["path"]) for each in found if each["batchId"] == offset))


def checkpoint_id(spark: SparkSession, checkpoint: str) -> str:
    """What Spark calls the query for as long as this checkpoint lives."""
    return str(json.loads(_lines(spark, f"{checkpoint}/metadata")[0])["id"])


def committed_checkpoint_id(spark: SparkSession, checkpoint: str) -> str | None:
    """The id of a checkpoint under which a batch has been committed; None where there is no such thing yet."""
    # Hadoop is asked, not Spark: a read of a path that is not there prints a trace on its way.
    folder, files = open_folder(spark, f"{checkpoint}/commits")
    return checkpoint_id(spark, checkpoint) if files.exists(folder) and len(files.listStatus(folder)) else None


def _lines(spark: SparkSession, path: str) -> list[str]:
    text = spark.read.text(path, wholetext=True).first()
    return str(text["value"]).splitlines() if text else []
