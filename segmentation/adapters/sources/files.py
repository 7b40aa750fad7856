"""Files of any format: Spark's file stream says which are new, and each batch reads exactly those."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from segmentation.adapters.sources.columns import with_row_columns
from segmentation.definitions.documents import Source
from segmentation.issues import UserError
from segmentation.settings import Settings

LISTING = "path string, modificationTime timestamp, length bigint, content binary"
LISTING_OPTIONS = ("pathGlobFilter", "recursiveFileLookup", "latestFirst", "maxFilesPerTrigger", "cleanSource", "sourceArchiveDir")
CORRUPT = "_corrupt_record"


@dataclass(frozen=True)
class Refusal:
    """A file that could not be read, and why."""

    path: str
    reason: str


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
    return tuple(sorted(each["path"] for each in found if each["batchId"] == offset))


def _lines(spark: SparkSession, path: str) -> list[str]:
    text = spark.read.option("wholetext", "true").text(path).first()
    return str(text["value"]).splitlines() if text else []


# ---------------------------------------------------------------- reading
def read_files(spark: SparkSession, source: Source, paths: Sequence[str]) -> DataFrame:
    """The rows of the files, each with its file and its number there as position (of a CSV: without the header)."""
    options = {key: str(value) for key, value in source.options.items() if key not in LISTING_OPTIONS}
    reader = spark.read.options(**options)
    rows = FORMATS.get(source.format, _read_columns)(reader, source, [_escaped(path) for path in paths])
    return rows


def _numbered(rows: DataFrame) -> DataFrame:
    """`_path` and `_row`, the row's number in its file from 1. Ids rise with the block and inside it, but not from 1 in each file."""
    located = rows.withColumns(
        {
            "_path": F.expr("regexp_replace(_metadata.file_path, '^file:/*', '/')"),
            "_block": F.col("_metadata.file_block_start"),
            "_id": F.monotonically_increasing_id(),
        }
    )
    return located.withColumn("_row", F.expr("row_number() over (partition by _path order by _block, _id)"))


def _read_lines(reader: DataFrameReader, _source: Source, paths: list[str]) -> DataFrame:
    """Lines of text as payloads. Blank ones are no rows, but they count as lines."""
    lines = _numbered(reader.text(paths)).withColumn("value", F.expr("ltrim('\\ufeff', value)")).where("trim(value) != ''")
    return with_row_columns(lines, payload="value", position="concat(_path, '#', _row)", file="_path").drop("value")


def _read_csv(reader: DataFrameReader, source: Source, paths: list[str]) -> DataFrame:
    """All columns as text. A row with more or fewer fields than the header is refused whole; a file with another header fails."""
    names = reader.csv(paths[0]).columns
    schema = StructType([StructField(column, StringType()) for column in (*names, CORRUPT)])
    typed = reader.schema(schema).option("columnNameOfCorruptRecord", CORRUPT).option("enforceSchema", "false")
    rows = _numbered(typed.csv(paths))
    fields = len(names)
    return with_row_columns(
        rows,
        payload=f"coalesce({CORRUPT}, to_json(struct({', '.join(f'`{column}`' for column in names)})))",
        position="concat(_path, '#', _row)",
        file="_path",
        problem=f"if({CORRUPT} is not null, 'the row does not have the {fields} fields of the header', null)",
    )


def _read_columns(reader: DataFrameReader, source: Source, paths: list[str]) -> DataFrame:
    """Formats that know their columns: parquet, orc, avro and any other of Spark's."""
    return with_row_columns(_numbered(reader.format(source.format).load(paths)), position="concat(_path, '#', _row)", file="_path")


FORMATS: Mapping[str, Callable[[DataFrameReader, Source, list[str]], DataFrame]] = {"json": _read_lines, "text": _read_lines, "csv": _read_csv}
"""How a format is read; every other one by its own columns."""


def _escaped(path: str) -> str:
    """A name as it is: Spark would take signs of wildcards in it as such."""
    return "".join(f"\\{sign}" if sign in "{}[]*?\\" else sign for sign in path)


# ---------------------------------------------------------------- files that cannot be read
def find_unreadable(spark: SparkSession, source: Source, paths: Sequence[str]) -> tuple[Refusal, ...]:
    """Read every file alone, to its end: slow, and done only after a batch has failed."""
    refusals = []
    for path in paths:
        try:
            read_files(spark, source, [path]).selectExpr("count(_payload)", "count(_position)").collect()
        except (PySparkException, Py4JJavaError) as error:
            refusals.append(Refusal(path, _reason(str(error))))
    return tuple(refusals)


REASONS = (
    (("PATH_NOT_FOUND", "FileNotFoundException", "FILE_NOT_EXIST", "does not exist"), "the file vanished before it could be read"),
    (
        ("EOFException", "Unexpected end", "ZipException", "incorrect header check", "invalid block", "not in GZIP"),
        "the compressed file is truncated or broken",
    ),
    (("CSV header does not conform", "number of columns in the CSV header"), "the file's header differs from that of the other files"),
    (("is not a Parquet file", "CANNOT_READ_FILE_FOOTER"), "the file is not of the declared format"),
    (("Permission denied", "AccessControlException"), "the file may not be read"),
)


def _reason(text: str) -> str:
    """One sentence; none of the file's rows were taken, and a mended file needs a new name, as the stream has seen this one."""
    words = next((words for signs, words in REASONS if any(sign in text for sign in signs)), f"the file cannot be read: {text.splitlines()[0][:200]}")
    return f"{words}; none of its rows were taken: put the mended file beside it under another name"


def refused_rows(spark: SparkSession, refusals: Sequence[Refusal]) -> DataFrame:
    """One row for each file that could not be read, with the columns of ours alone."""
    rows = spark.createDataFrame([(each.path, each.reason) for each in refusals], "path string, reason string")
    clean = rows.withColumn("path", F.expr("regexp_replace(path, '^file:/*', '/')"))
    return with_row_columns(clean, payload="path", position="path", file="path", problem="reason").select(
        "_payload", "_payload_bytes", "_position", "_file", "_problem", "_arrived_at"
    )
