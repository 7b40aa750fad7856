"""Files that cannot be read: found one by one after a batch has failed, and refused by name while all others are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from segmentation.adapters.local_rows import local_frame
from segmentation.adapters.sources.columns import ROW_COLUMNS, with_row_columns
from segmentation.adapters.sources.formats import UnreadableError, read_files
from segmentation.definitions.documents import Source

READING_ERRORS = (PySparkException, Py4JJavaError, UnreadableError)


FILE_SIGNS = ("FAILED_READ_FILE", "PATH_NOT_FOUND", "FileNotFoundException", "UNABLE_TO_INFER_SCHEMA", "CANNOT_READ_FILE_FOOTER", "UnreadableError")
NOT_THE_FILE = ("No space left on device", "Disk quota exceeded", "OutOfMemoryError", "cancelled", "SparkContext was shut down")


@dataclass(frozen=True)
class Refusal:
    """A file that could not be read, and why."""

    path: str
    reason: str


def is_about_a_file(error: BaseException) -> bool:
    """Whether some file of the batch may be to blame; a full disk or an order to stop must not refuse good files."""
    text = f"{type(error).__name__} {error}"
    return isinstance(error, READING_ERRORS) and any(sign in text for sign in FILE_SIGNS) and not any(sign in text for sign in NOT_THE_FILE)


def find_unreadable(spark: SparkSession, source: Source, paths: Sequence[str]) -> tuple[Refusal, ...]:
    """Read every file alone, to its end: slow, and done only after a batch has failed."""
    refusals = []
    for path in paths:
        try:
            read_files(spark, source, [path]).selectExpr("count(_payload)", "count(_position)").collect()
        except READING_ERRORS as error:
            if not is_about_a_file(error):
                raise
            refusals.append(Refusal(path, _reason(str(error))))
    return tuple(refusals)


REASONS = (
    (("the file has no column",), ""),
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
    said = text.splitlines()[0][:200] if text else "no reason given"
    words = next((words for signs, words in REASONS if any(sign in text for sign in signs)), f"the file cannot be read: {said}") or said
    return f"{words}; none of its rows were taken: put the mended file beside it under another name"


def refused_rows(spark: SparkSession, refusals: Sequence[Refusal]) -> DataFrame:
    """One row for each file that could not be read, with the columns of ours alone."""
    rows = local_frame(spark, StructType().add("path", "string").add("reason", "string"), [vars(each) for each in refusals])
    clean = rows.withColumn("path", F.expr("regexp_replace(path, '^file:/*', '/')"))
    return with_row_columns(clean, payload="path", position="path", file="path", problem="reason").select(*ROW_COLUMNS)
