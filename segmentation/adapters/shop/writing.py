"""The days of the embedded shop as its systems leave them: JSON lines in an inbox, and two Delta tables that change."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import cast

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from segmentation.adapters.local_rows import local_frame
from segmentation.adapters.shop.behaviour import OrderRow
from segmentation.adapters.shop.generator import SOURCES, Day, Shop
from segmentation.settings import Settings

ORDERS = "order_id string, customer_id string, ordered_at timestamp, total decimal(12,2), status string, channel string, updated_at timestamp"
CUSTOMERS = "customer_id string, tier string, country string, birthday date, interests array<string>, time_zone string, updated_at timestamp"


def open_shop(spark: SparkSession, settings: Settings) -> None:
    """Two empty tables and two empty inboxes, where conf/ expects them; whatever an earlier shop left there is removed.

    orders has a change data feed; customers has none, and is loaded anew each time, as many a CRM does.
    """
    for source in SOURCES:
        shutil.rmtree(_inbox(settings, source), ignore_errors=True)
        _inbox(settings, source).mkdir(parents=True)
    for name, columns, feed in (("orders", ORDERS, "true"), ("customers", CUSTOMERS, "false")):
        shutil.rmtree(table_path(settings, name), ignore_errors=True)
        frame = local_frame(spark, _schema(columns), [])
        properties = {"delta.enableChangeDataFeed": feed, "delta.checkpointInterval": "100"}
        frame.write.format("delta").options(**properties).save(table_path(settings, name))


def table_path(settings: Settings, name: str) -> str:
    return settings.path(f"shop/{name}")


def find_unwritten_days(shop: Shop, settings: Settings) -> list[Day]:
    """The days whose files are not in the inbox yet: where a shop that was interrupted goes on."""
    return [day for day in shop.days() if not all(_file(settings, source, day).exists() for source in SOURCES)]


def write_days(spark: SparkSession, shop: Shop, days: Sequence[Day], settings: Settings) -> None:
    """Drops the files of some consecutive days, and brings both tables to the state at the end of the last: one commit each.

    The files come last and each under its final name at once, so that a day counts as written only when its tables are.
    """
    orders = [row for day in days for row in day.orders]
    with ThreadPoolExecutor(2) as side_by_side:  # a commit is mostly waiting: together they take two thirds of the time
        commits = [
            side_by_side.submit(_merge_orders, spark, orders, table_path(settings, "orders")),
            side_by_side.submit(_reload_customers, spark, shop, days[-1], table_path(settings, "customers")),
        ]
        for commit in commits:
            commit.result()
    for day in days:
        for source in SOURCES:
            _write_file(_file(settings, source, day), day.lines(source))


def _inbox(settings: Settings, source: str) -> Path:
    return Path(settings.data) / source


def _file(settings: Settings, source: str, day: Day) -> Path:
    return _inbox(settings, source) / f"{day.date}.json"


def _write_file(file: Path, lines: Sequence[str]) -> None:
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    unfinished.rename(file)


def _schema(columns: str) -> StructType:
    return cast(StructType, StructType.fromDDL(columns))


def _merge_orders(spark: SparkSession, rows: Sequence[OrderRow], path: str) -> None:
    latest = {row.order_id: row for row in rows}
    if not latest:
        return
    changed = local_frame(spark, _schema(ORDERS), [_order_values(row) for row in latest.values()]).coalesce(1)
    orders = DeltaTable.forPath(spark, path)
    if orders.toDF().isEmpty():
        changed.write.format("delta").mode("append").save(path)
        return
    merge = orders.alias("orders").merge(changed.alias("changed"), "orders.order_id = changed.order_id")
    merge.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()


def _order_values(row: OrderRow) -> dict[str, object]:
    return {**vars(row), "total": Decimal(row.total) / 100}


def _reload_customers(spark: SparkSession, shop: Shop, day: Day, path: str) -> None:
    rows = [vars(row) for row in shop.customers_on(day.date)]
    local_frame(spark, _schema(CUSTOMERS), rows).coalesce(1).write.format("delta").mode("overwrite").save(path)
