"""Delta Lake, table by table: create, versions, reads between versions, idempotent appends. The only module that knows `delta`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from segmentation.adapters import delta_log
from segmentation.adapters.delta_errors import translated
from segmentation.adapters.hadoop_files import open_folder
from segmentation.issues import UserError

CHANGE_COLUMNS = ("_change_type", "_commit_version", "_commit_timestamp")
LAST_COMMIT = "spark.databricks.delta.lastCommitVersionInSession"


@dataclass(frozen=True)
class Address:
    """Where a table is: a path, or a name of the catalog."""

    path: str | None = None
    catalog_name: str | None = None

    def __str__(self) -> str:
        return self.path or str(self.catalog_name)

    @property
    def sql(self) -> str:
        return f"delta.`{self.path}`" if self.path else str(self.catalog_name)


def create(spark: SparkSession, address: Address, schema: StructType, clustered_by: Sequence[str], properties: dict[str, str]) -> None:
    """Create the table where there is none; one that is there stays as it is. `write.clusterBy` would be ignored silently."""
    builder = DeltaTable.createIfNotExists(spark).addColumns(schema).clusterBy(*clustered_by)
    builder = builder.location(address.path) if address.path else builder.tableName(str(address.catalog_name))
    for key, value in properties.items():
        builder = builder.property(key, value)
    with translated(str(address)):
        try:
            builder.execute()
        except AnalysisException as error:
            if address.path is None or error.getCondition() != "DELTA_TABLE_NOT_FOUND":
                raise
            _remove_log_without_commits(spark, address.path)
            builder.execute()


def _remove_log_without_commits(spark: SparkSession, path: str) -> None:
    """What is left of a creation that was cut off before its first commit: Delta would neither open nor create such a table, ever.

    Never more than leftovers: a folder that holds anything else cannot be deleted this way.
    """
    log, files = open_folder(spark, f"{path}/_delta_log")
    for entry in files.listStatus(log):
        if entry.getPath().getName().startswith((".", "_staged_commits")):
            files.delete(entry.getPath(), True)
    files.delete(log, False)


def exists(spark: SparkSession, address: Address) -> bool:
    if address.path:
        return DeltaTable.isDeltaTable(spark, address.path)
    return spark.catalog.tableExists(str(address.catalog_name))


def latest_version(spark: SparkSession, address: Address) -> int:
    """The newest committed version."""
    with translated(str(address)):
        if address.path is None:
            return int(DeltaTable.forName(spark, str(address.catalog_name)).history(1).select("version").first()["version"])  # type: ignore[index]
        return delta_log.latest_version(spark, address.path)


def read(spark: SparkSession, address: Address, version: int | None = None) -> DataFrame:
    """The table as of a version; without one as it is."""
    reader = spark.read.format("delta")
    with translated(str(address)):
        if version is not None:
            newest = delta_log.read_newest(spark, address.path, version) if address.path else None
            if newest is not None:
                return newest
            reader = reader.option("versionAsOf", version)
        return reader.load(address.path) if address.path else reader.table(str(address.catalog_name))


def read_appended(spark: SparkSession, address: Address, from_version: int, to_version: int) -> DataFrame:
    """Rows appended in (from, to], without those that were only moved into other files.

    Where the log was cleaned since, all rows: more than those, but none is left out.
    """
    if address.path:
        with translated(str(address)):
            if not delta_log.has_commit(spark, address.path, from_version + 1):
                return read(spark, address, to_version)
            rows = delta_log.read_appended(spark, address.path, from_version, to_version)
        if rows is not None:
            return rows
    return read_changes(spark, address, from_version, to_version).where("_change_type = 'insert'").drop(*CHANGE_COLUMNS)


def read_changes(spark: SparkSession, address: Address, from_version: int, to_version: int) -> DataFrame:
    """Rows of the change feed committed in (from, to], with `_change_type`, `_commit_version`, `_commit_timestamp`."""
    reader = spark.read.format("delta").option("readChangeFeed", "true")
    reader = reader.option("startingVersion", from_version + 1).option("endingVersion", to_version)
    with translated(str(address)):
        return reader.load(address.path) if address.path else reader.table(str(address.catalog_name))


def has_change_feed(spark: SparkSession, address: Address) -> bool:
    with translated(str(address)):
        rows = spark.sql(f"SHOW TBLPROPERTIES {address.sql} ('delta.enableChangeDataFeed')").collect()
    return bool(rows) and rows[0]["value"] == "true"


def overwrite(df: DataFrame, address: Address, app_id: str, txn_version: int) -> None:
    """Replace all rows in one commit, once: skipped where Delta has this version (or a later one) of `app_id`."""
    writer = df.write.format("delta").mode("overwrite").option("txnAppId", app_id).option("txnVersion", txn_version)
    with translated(str(address)):
        if address.path:
            writer.save(address.path)
        else:
            writer.saveAsTable(str(address.catalog_name))


def committed_at(spark: SparkSession, address: Address, version: int) -> int:
    """The instant of a commit in microseconds."""
    history = DeltaTable.forPath(spark, address.path) if address.path else DeltaTable.forName(spark, str(address.catalog_name))
    with translated(str(address)):
        row = history.history().where(F.col("version") == version).select(F.unix_micros("timestamp").alias("at")).first()
    if row is None:
        raise UserError.because(f"version {version} is gone from the table's history", "Its log was cleaned: capture more often.", where=str(address))
    return int(row["at"])


def append(df: DataFrame, address: Address, app_id: str, txn_version: int, *, merge_schema: bool = False) -> bool:
    """Append once: False where Delta has this version (or a later one) of `app_id` and skipped the write. An empty frame counts, too."""
    session = df.sparkSession
    session.conf.unset(LAST_COMMIT)
    writer = df.write.format("delta").mode("append").option("txnAppId", app_id).option("txnVersion", txn_version)
    if merge_schema:
        writer = writer.option("mergeSchema", "true")
    with translated(str(address)):
        if address.path:
            writer.save(address.path)
        else:
            writer.saveAsTable(str(address.catalog_name))
    return session.conf.get(LAST_COMMIT, None) is not None
