"""The embedded shop's tables: orders with a change feed, customers without, both as the generator has them at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from segmentation.adapters.shop.generator import Shop, shop
from segmentation.adapters.shop.writing import find_unwritten_days, open_shop, table_path, write_days
from segmentation.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
SMALL = shop(seed=1, customers=60, days=12)


@pytest.fixture(scope="module")
def written(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("shop")
    settings = Settings(lake=str(folder / "lake"), data=str(folder / "inbox"), clock="events")
    open_shop(spark, settings)
    for step in SMALL.steps(4):
        write_days(spark, SMALL, step, settings)
    yield settings


def last_orders(given: Shop) -> dict[str, tuple[str, int]]:
    return {row.order_id: (row.status, row.total) for day in given.days() for row in day.orders}


def test_orders_end_in_their_last_state(spark: SparkSession, written: Settings) -> None:
    rows = spark.read.format("delta").load(table_path(written, "orders")).collect()
    assert {row.order_id: (row.status, int(row.total * 100)) for row in rows} == last_orders(SMALL)
    assert len(rows) == len(last_orders(SMALL)) > 0


def test_customers_are_the_rows_of_the_last_day(spark: SparkSession, written: Settings) -> None:
    rows = spark.read.format("delta").load(table_path(written, "customers")).collect()
    expected = SMALL.customers_on(SMALL.all_days[-1].date)
    assert {(row.customer_id, row.tier, row.birthday) for row in rows} == {(row.customer_id, row.tier, row.birthday) for row in expected}


def test_instants_are_written_in_utc(spark: SparkSession, written: Settings) -> None:
    first = min((row for day in SMALL.days() for row in day.orders), key=lambda row: (row.ordered_at, row.order_id))
    stored = spark.read.format("delta").load(table_path(written, "orders")).where(f"order_id = '{first.order_id}'")
    assert stored.selectExpr("unix_micros(ordered_at)").collect()[0][0] == round(first.ordered_at.timestamp() * 1_000_000)


def test_only_orders_have_a_change_feed(spark: SparkSession, written: Settings) -> None:
    def feed(name: str) -> str:
        properties = spark.sql(f"SHOW TBLPROPERTIES delta.`{table_path(written, name)}`").collect()
        return next(row.value for row in properties if row.key == "delta.enableChangeDataFeed")

    assert (feed("orders"), feed("customers")) == ("true", "false")


def test_each_day_lies_in_the_inbox_once_line_for_line(written: Settings) -> None:
    for source in ("web", "email"):
        files = sorted((Path(written.data) / source).iterdir())
        assert [file.name for file in files] == [f"{day.date}.json" for day in SMALL.days()]
        lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        assert lines == [line for day in SMALL.days() for line in day.lines(source)]


def test_a_shop_goes_on_with_the_days_that_are_missing(written: Settings) -> None:
    assert find_unwritten_days(SMALL, written) == []
    last = SMALL.all_days[-1]
    (Path(written.data) / "email" / f"{last.date}.json").unlink()
    assert find_unwritten_days(SMALL, written) == [last]
