"""Reading files of any format: each row with its file, its number there, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pyspark.sql import DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from segmentation.adapters.sources.columns import with_row_columns
from segmentation.adapters.sources.files import LISTING_OPTIONS
from segmentation.adapters.sources.json_columns import columns_asked_for, with_json_columns
from segmentation.definitions.documents import Source
from segmentation.issues import suggest

CORRUPT = "_corrupt_record"
POSITION = "concat(_path, '#', _row)"


class UnreadableError(Exception):
    """A file that is not what the source promises."""


def read_files(spark: SparkSession, source: Source, paths: Sequence[str]) -> DataFrame:
    """The rows of the files, each with its file and its number there as position (of a CSV: without the header).

    Raises UnreadableError, or what Spark raises, now or when the rows are asked for: see salvage.py.
    """
    options = {key: str(value) for key, value in source.options.items() if key not in LISTING_OPTIONS}
    reader = spark.read.options(**options)
    return FORMATS.get(source.format, _read_columns)(reader, source, [_escaped(path) for path in paths])


PATH = "coalesce(try_url_decode(replace(_metadata.file_path, '+', '%2B')), _metadata.file_path)"
"""As people write it: Spark gives a URI, in which a space is %20."""


def _numbered(rows: DataFrame) -> DataFrame:
    """`_path` and `_row`, the row's number in its file from 1. Ids rise with the block and inside it, but not from 1 in each file."""
    located = rows.withColumns(
        {
            "_path": F.expr(f"regexp_replace({PATH}, '^file:/*', '/')"),
            "_block": F.col("_metadata.file_block_start"),
            "_id": F.monotonically_increasing_id(),
        }
    )
    return located.withColumn("_row", F.expr("row_number() over (partition by _path order by _block, _id)"))


def _read_lines(reader: DataFrameReader, source: Source, paths: list[str]) -> DataFrame:
    """Lines of text as payloads. Blank ones are no rows, but they count as lines."""
    lines = _numbered(reader.text(paths).withColumnRenamed("value", "_line")).withColumn("_line", F.expr("ltrim('\\ufeff', _line)"))
    rows = with_row_columns(lines.where("trim(_line) != ''"), payload="_line", position=POSITION, file="_path")
    return with_json_columns(rows, source.rows)


def _read_csv(reader: DataFrameReader, source: Source, paths: list[str]) -> DataFrame:
    """All columns as text. A row with more or fewer fields than the header is refused whole; a file with another header fails."""
    names = next((columns for path in paths if (columns := reader.csv(path).columns)), sorted(columns_asked_for(source.rows)))
    _require_columns(source, names)
    schema = StructType([StructField(column, StringType()) for column in (*names, CORRUPT)])
    typed = reader.schema(schema).option("columnNameOfCorruptRecord", CORRUPT).option("enforceSchema", "false")
    return with_row_columns(
        _numbered(typed.csv(paths)),
        payload=f"coalesce({CORRUPT}, to_json(struct({', '.join(f'`{column}`' for column in names)})))",
        position=POSITION,
        file="_path",
        problem=f"if({CORRUPT} is not null, 'the row does not have the {len(names)} fields of the header', null)",
    )


def _read_columns(reader: DataFrameReader, source: Source, paths: list[str]) -> DataFrame:
    """Formats that know their columns: parquet, orc, avro and any other of Spark's."""
    rows = reader.format(source.format).load(paths)
    _require_columns(source, rows.columns)
    return with_row_columns(_numbered(rows), position=POSITION, file="_path")


def _require_columns(source: Source, names: Sequence[str]) -> None:
    there = {each.lower() for each in names}
    for column in sorted(columns_asked_for(source.rows)):
        if column.lower() not in there:
            raise UnreadableError(f"the file has no column {column} {suggest(column, names)}".strip())


FORMATS: Mapping[str, Callable[[DataFrameReader, Source, list[str]], DataFrame]] = {"json": _read_lines, "text": _read_lines, "csv": _read_csv}
"""How a format is read; every other one by its own columns."""


def _escaped(path: str) -> str:
    """A name as it is: Spark would take signs of wildcards in it as such."""
    return "".join(f"\\{sign}" if sign in "{}[]*?\\" else sign for sign in path)
