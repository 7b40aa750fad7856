"""The lake: every table of tables.py by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, cast

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StructField, StructType, TimestampType

from segmentation.adapters import delta, delta_kernel
from segmentation.adapters.claims import one_at_a_time
from segmentation.adapters.delta import Address
from segmentation.adapters.local_rows import arrow_table, local_frame
from segmentation.settings import Settings
from segmentation.tables import LAKE_TABLES, VERSIONS, LakeTable, versions_of

CREATORS = 4
"""Tables created at the same time: a commit is mostly waiting."""
TABLE_PROPERTIES = {"delta.enableChangeDataFeed": "true", "delta.checkpointInterval": "10"}
HOT_TABLE_PROPERTIES = {**TABLE_PROPERTIES, "delta.checkpointInterval": "100"}
"""A checkpoint costs as much as some appends; commits between two are read one by one when a process starts."""


class Lake:
    """Reads and appends by table name; `<name>_versions` are tables, too. All failures a user can mend are UserErrors."""

    def __init__(self, spark: SparkSession, settings: Settings) -> None:
        self.spark = spark
        self.settings = settings
        self._schemas: dict[str, StructType] = {}
        self._new_rows: dict[str, tuple[int, int, DataFrame]] = {}

    def on(self, spark: SparkSession) -> Lake:
        """The same lake in another session, such as the clone that a streaming query's batches run in."""
        return self if spark is self.spark else Lake(spark, self.settings)

    def address(self, name: str) -> Address:
        return Address(path=self.settings.path(name))

    def create(self, table: LakeTable, properties: str = "", name: str | None = None) -> None:
        """Create the table where it is missing. `properties` is DDL for `{properties}`, `name` that of a `<name>_versions` table."""
        name, options = name or table.name, HOT_TABLE_PROPERTIES if table.is_hot else TABLE_PROPERTIES
        options = {**options, "delta.logRetentionDuration": f"interval {table.remembered_days} days"}
        with one_at_a_time(self.settings, f"tables/{name}"):  # what another process has half created looks like the leftovers of a crash
            delta.create(self.spark, self.address(name), _columns(table, properties), table.clustered_by, options)

    def exists(self, name: str) -> bool:
        return delta.exists(self.spark, self.address(name))

    def latest_version(self, name: str) -> int:
        """The newest version; -1 where the table does not exist."""
        return delta.latest_version(self.spark, self.address(name))

    def latest_versions(self, names: Sequence[str]) -> dict[str, int]:
        return {name: self.latest_version(name) for name in names}

    def read(self, name: str, version: int | None = None) -> DataFrame:
        return delta.read(self.spark, self.address(name), version)

    def read_pinned(self, name: str) -> DataFrame:
        """The table as it is now, whatever is appended later: an append worked out from it does not collide with those of other jobs."""
        return self.read(name, self.latest_version(name))

    def read_new_rows(self, name: str, from_version: int, to_version: int) -> DataFrame:
        """Rows appended in (from, to]; from -1 means all. Rows deleted or moved by maintenance are not new.

        All rows also where the log no longer reaches back to `from`: of those that are not new, a decision finds nothing new.
        """
        if from_version < 0:
            return self.read(name, to_version)
        if from_version >= to_version:
            return self.read(name, to_version).limit(0)
        known = self._new_rows.get(name)
        if known is None or known[:2] != (from_version, to_version):  # a batch asks twice, and what was committed stays the same
            known = from_version, to_version, delta.read_appended(self.spark, self.address(name), from_version, to_version)
            self._new_rows[name] = known
        return known[2]

    def append(self, name: str, df: DataFrame, job: str, batch_id: int, *, files: int | None = None, merge_schema: bool = False) -> bool:
        """Append the rows of a batch once; False where they are there already. `files`: coalesce small frames to so many.

        Every (deployment, table, job) counts its own batches: a batch_id may be appended once, in rising order.
        """
        frame = df.coalesce(files) if files else df
        with self.one_writer(name):
            return delta.append(frame, self.address(name), self._app_id(name, job), batch_id, merge_schema=merge_schema)

    def overwrite(self, name: str, df: DataFrame, job: str, batch_id: int) -> None:
        """Replace all rows of a table by those of a batch, once."""
        with self.one_writer(name):
            delta.overwrite(df, self.address(name), self._app_id(name, job), batch_id)

    def one_writer(self, name: str) -> AbstractContextManager[None]:
        """On a local disk a commit may take the place of another of the same moment, which would be lost: of two jobs' appends one waits."""
        return one_at_a_time(self.settings, f"commits/{name}")

    def _app_id(self, name: str, job: str) -> str:
        return f"{self.settings.deployment}:{name}:{job}"

    def append_rows(self, name: str, rows: Sequence[Mapping[str, Any]], job: str, batch_id: int) -> bool:
        """Append a few rows given as mappings, once: timestamps as microseconds, absent columns are null."""
        path = self.address(name).path
        if path is None or not delta_kernel.is_available(self.spark):
            return self.append(name, self.frame(name, rows), job, batch_id)
        with self.one_writer(name):
            return delta_kernel.append(self.spark, path, arrow_table(self.schema(name), rows), self._app_id(name, job), batch_id)

    def frame(self, name: str, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
        """A few rows with the columns of a table, timestamps given as microseconds."""
        schema = self.schema(name)
        plain = StructType([StructField(field.name, LongType() if _is_instant(field) else field.dataType) for field in schema])
        frame = local_frame(self.spark, plain, rows).coalesce(1)
        return frame.select([F.timestamp_micros(field.name).alias(field.name) if _is_instant(field) else F.col(field.name) for field in schema])

    def schema(self, name: str) -> StructType:
        """The columns of a table without properties of its own, as tables.py has them."""
        if name not in self._schemas:
            table = next(table for table in LAKE_TABLES if table.name == name)
            self._schemas[name] = _columns(table)
        return self._schemas[name]


def create_lake_tables(lake: Lake, events_properties: str, versions_properties: Mapping[str, str]) -> None:
    """Create every table that is missing. `versions_properties`: declared table -> DDL of its columns."""
    with ThreadPoolExecutor(CREATORS) as side_by_side:
        created = [side_by_side.submit(lake.create, table, events_properties) for table in LAKE_TABLES if table is not VERSIONS]
        created += [
            side_by_side.submit(lake.create, VERSIONS, properties, name=versions_of(name)) for name, properties in versions_properties.items()
        ]
    for each in created:
        each.result()


def _columns(table: LakeTable, properties: str = "") -> StructType:
    """Spark has no struct without fields: one without properties gets `_`, which stays null."""
    return cast(StructType, StructType.fromDDL(table.ddl(properties or "`_`: string")))


def _is_instant(field: StructField) -> bool:
    return isinstance(field.dataType, TimestampType)
