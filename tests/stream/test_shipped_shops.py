"""Both shipped shops through ingestion and capture: what is counted is what the generator, or plain Python, says there is."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from segmentation.adapters.shop.generator import shop
from segmentation.adapters.shop.writing import open_shop, write_days
from segmentation.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark
ROOT = Path(__file__).resolve().parents[2]
ONLINE_RETAIL = ROOT.parent / "shared" / "data" / "online_retail"


def ingest_project(spark: SparkSession, conf: Path, settings: Settings) -> Counter[str]:
    from segmentation.adapters.lake import Lake
    from segmentation.definitions.load import load_project
    from segmentation.pipelines.ingest_events import ingest

    total: Counter[str] = Counter()
    for figures in ingest(Lake(spark, settings), load_project(conf, settings)):
        total.update({key: getattr(figures, key) for key in ("rows_in", "events", "duplicates", "conflicts", "quarantined")})
    return total


def test_the_embedded_shop_arrives_in_the_numbers_that_it_names(spark: SparkSession, lake: Settings) -> None:
    given = shop(seed=3, customers=80, days=12)
    open_shop(spark, lake)
    for step in given.steps(6):
        write_days(spark, given, step, lake)
    found = ingest_project(spark, ROOT / "conf", lake)
    counts = given.counts
    assert found["rows_in"] == counts.lines
    assert (found["events"], found["duplicates"], found["quarantined"]) == (counts.events, counts.duplicates, counts.quarantined)
    assert found["conflicts"] == counts.conflicts
    assert min(counts.duplicates, counts.conflicts, counts.ahead, counts.late, *counts.malformed.values()) > 0


def is_good(line: dict[str, str]) -> bool:
    quantity = int(line["Quantity"]) * (-1 if line["InvoiceNo"].startswith("C") else 1)
    return bool(line["CustomerID"]) and Decimal(line["UnitPrice"]) > 0 and quantity > 0


@pytest.mark.skipif(not ONLINE_RETAIL.is_dir(), reason="needs the daily files of Online Retail beside the project")
def test_invoice_lines_become_purchases_and_refunds_or_are_quarantined_with_the_reason(spark: SparkSession, lake: Settings) -> None:
    files = sorted(ONLINE_RETAIL.glob("*.csv.gz"))[:3]
    for file in files:
        target = Path(lake.data) / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    lines = [line for file in files for line in csv.DictReader(gzip.decompress(file.read_bytes()).decode().splitlines())]
    good = [line for line in lines if is_good(line)]
    distinct = {tuple(line.values()): line for line in good}.values()
    bought = [line for line in distinct if not line["InvoiceNo"].startswith("C")]

    found = ingest_project(spark, ROOT / "conf" / "online_retail", lake)

    assert (found["rows_in"], found["quarantined"]) == (len(lines), len(lines) - len(good))
    assert (found["events"], found["duplicates"], found["conflicts"]) == (len(distinct), len(good) - len(distinct), 0)
    events = spark.read.format("delta").load(lake.path("events"))
    sums = {row.event: (row.n, row.value, row.quantity) for row in _sums(events).collect()}
    assert sums["line_bought"] == (len(bought), _value(bought), sum(int(line["Quantity"]) for line in bought))
    refunded = [line for line in distinct if line["InvoiceNo"].startswith("C")]
    assert sums["line_refunded"] == (len(refunded), -_value(refunded), -sum(int(line["Quantity"]) for line in refunded))
    assert events.where("customer_id = '17850'").count() > 0
    reasons = {row.reason for row in spark.read.format("delta").load(lake.path("quarantine")).selectExpr("explode(reasons) as reason").collect()}
    assert any("customer" in reason for reason in reasons)
    assert any("unit_price" in reason for reason in reasons)


def _value(lines: list[dict[str, str]]) -> Decimal:
    return sum((int(line["Quantity"]) * Decimal(line["UnitPrice"]) for line in lines), Decimal(0))


def _sums(events: DataFrame) -> DataFrame:
    sums = ("count(*) as n", "sum(properties.value) as value", "sum(properties.quantity) as quantity")
    return events.groupBy("event").agg(*(F.expr(each) for each in sums))
