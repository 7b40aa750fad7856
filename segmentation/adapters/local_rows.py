"""A few rows of Python as Arrow or as a DataFrame: `createDataFrame` on a list starts a Python worker for them, which takes half a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import MapType, StructType


def local_frame(spark: SparkSession, schema: StructType, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Rows given as mappings; absent columns are null. Instants are best given as microseconds in a column of bigint."""
    return spark.createDataFrame(arrow_table(schema, rows))


def arrow_table(schema: StructType, rows: Sequence[Mapping[str, Any]]) -> Any:
    """The same as a pyarrow.Table, in which instants may be given as microseconds."""
    import pyarrow  # a command that needs no Spark shall not wait for it

    maps = {field.name for field in schema if isinstance(field.dataType, MapType)}
    plain = [{name: _pairs(value) if name in maps else value for name, value in row.items()} for row in rows]
    return pyarrow.Table.from_pylist(plain, schema=to_arrow_schema(schema))


def _pairs(value: Mapping[str, Any] | None) -> list[tuple[str, Any]] | None:
    """A map, as Arrow takes it."""
    return None if value is None else list(value.items())
