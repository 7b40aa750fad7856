"""Batches that are large at once: a million new facts, and everybody due at the same midnight. Driver memory stays at 4 GiB.

    .venv/bin/python scripts/benchmarks/large_batches.py [--facts 1000000] [--due 100000] [--customers 200000] [--segments 20]

Prints a table: seconds of the batch, rows and points, and the most memory that the JVM's heap held after a collection. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from micro_batch import DAY, NOW, VOCABULARY, event_rules, events
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.adapters.session import create_session
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.settings import Settings

MIDNIGHT = NOW - NOW % DAY


def held_megabytes(spark: SparkSession) -> float:
    """The heap's old generation at its fullest."""
    jvm: Any = spark._jvm
    pools = jvm.java.lang.management.ManagementFactory.getMemoryPoolMXBeans()
    return max(float(pool.getPeakUsage().getUsed()) for pool in pools if "Old" in pool.getName()) / 1e6


class Shop:
    """A lake with an evaluator, into which batches of events are written."""

    def __init__(self, segments: int, customers: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="large-batches-"))
        settings = Settings(lake=str(self.folder), clock="events", snapshot_every="520 weeks")
        options = {"spark.master": "local[2]", "spark.driver.memory": "4g"}
        self.lake = Lake(create_session(settings, "large_batches", options), settings)
        self.customers = customers
        self.batch = 0
        create_lake_tables(self.lake, "value: decimal(12,2), category: string", {"orders": "total: decimal(12,2), status: string"})
        self.evaluator = Evaluator(self.lake, VOCABULARY, lambda _version: (event_rules(segments),), "benchmark")

    def step(self, rows: int, instant: str) -> dict[str, Any]:
        """Write `rows` events and run the batch that takes them up: its row in `batches`, with the seconds of the wall."""
        self.batch += 1
        frame = events(self.lake.spark, self.batch * 10**9, rows, customers=self.customers, instant=instant, batch=self.batch)
        self.lake.append("events", frame, "load", self.batch)
        start = time.perf_counter()
        self.evaluator.step()
        wall = time.perf_counter() - start
        row = self.lake.read("batches").where("job = 'evaluate'").orderBy("batch_id", ascending=False).first()
        return {**(row.asDict() if row else {}), "wall": wall}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("facts", 1_000_000), ("due", 100_000), ("customers", 200_000), ("segments", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    shop = Shop(given.segments, given.customers)
    table = Table("batch", "facts", "touched", "points", "rows written", "seconds", "heap MB")
    spread = f"{MIDNIGHT}L - 1000000L - cast(abs(hash(id, 3)) % 2592000 as bigint) * 1000000L"
    steps = (
        ("a small first one", 1000, spread),
        ("many new facts", given.facts, spread),
        ("all at midnight", given.due, f"{MIDNIGHT}L"),
        ("due a week later", 1, f"{MIDNIGHT + 7 * DAY}L"),
    )
    for name, rows, instant in steps:
        found = shop.step(rows, instant)
        figures = (rows, *(found[key] for key in ("touched", "points", "asserted")))
        table.add_row(name, *(f"{value:,}" for value in figures), f"{found['wall']:.1f}", f"{held_megabytes(shop.lake.spark):,.0f}")
        Console(stderr=True).print(f"{name}: {found['wall']:.1f} s {found['seconds']}")
    Console().print(table)
    shutil.rmtree(shop.folder)


if __name__ == "__main__":
    main()
