"""Upkeep of Delta tables: small files into large ones, rows that nobody needs, files and log entries that no version in use needs."""

from __future__ import annotations

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from segmentation.adapters import delta_log
from segmentation.adapters.delta import Address
from segmentation.adapters.delta_errors import translated


def compact(spark: SparkSession, address: Address) -> None:
    """OPTIMIZE, which clusters, too. Its commit moves rows and adds none: the change feed stays silent about it."""
    with translated(str(address)):
        spark.sql(f"OPTIMIZE {address.sql}")


def delete_where(spark: SparkSession, address: Address, condition: str) -> None:
    table = DeltaTable.forPath(spark, address.path) if address.path else DeltaTable.forName(spark, str(address.catalog_name))
    with translated(str(address)):
        table.delete(condition)


def vacuum(spark: SparkSession, address: Address, hours: int) -> None:
    """Remove files that left the table more than `hours` ago. Delta itself refuses less than a week."""
    with translated(str(address)):
        spark.sql(f"VACUUM {address.sql} RETAIN {hours} HOURS")


def clean_log(spark: SparkSession, address: Address, minutes: int) -> None:
    """Forget versions that are older than so many minutes, where the table is one by path: a catalog does so itself."""
    if address.path:
        with translated(str(address)):
            delta_log.clean(spark, address.path, minutes)
