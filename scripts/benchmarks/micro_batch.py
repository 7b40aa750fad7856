"""A warm micro-batch against one full scan of the facts, and what doubling idle customers changes.

    .venv/bin/python scripts/benchmarks/micro_batch.py [--customers 1000000] [--facts 20] [--segments 50] [--touched 1000] [--double]

Prints a table: median seconds and the ratio to `count, sum, max` over all facts, in the same session. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from rich.console import Console
from rich.table import Table

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.adapters.session import create_session
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.rules import model as m
from segmentation.rules.in_force import InForce
from segmentation.rules.types import INTEGER, RATIO, STRING, Type, decimal
from segmentation.rules.values import Aggregate, Comparison, PropertyTest, Selection, Window
from segmentation.rules.vocabulary import FactKind, Vocabulary
from segmentation.settings import Settings

WARMING = 15
"""Batches before those that count: a stream runs for days, and the JVM compiles what it runs for the first minutes."""
DAY = 86_400_000_000
NOW = 1_780_000_000_000_000
MONEY = decimal(12, 2)
EVENTS = ("viewed", "bought", "email_opened", "email_delivered")
PROPERTIES = Type("object", fields=(("value", MONEY), ("category", STRING)))
VOCABULARY = Vocabulary(
    facts={
        **{name: FactKind(name, "event", PROPERTIES) for name in EVENTS},
        "orders": FactKind("orders", "table", Type("object", fields=(("total", MONEY), ("status", STRING)))),
    }
)


def rules(count: int) -> InForce:
    """`count` segments over some 20 traits: counts, sums, averages and last values in several windows, one priority group of ten."""
    segments = []
    for number in range(count):
        kind, days = EVENTS[number % 4], (7, 30, 90)[number % 3]
        recent = Selection(kind, (kind,), window=Window(within=days * DAY))
        paid = Selection("orders", ("orders",), where=(PropertyTest("status", STRING, Comparison("is", "paid")),), window=Window(within=90 * DAY))
        leaves = (
            m.Compare(Aggregate("count", recent, None, INTEGER), Comparison("at_least", 1 + number % 5)),
            m.Compare(Aggregate("sum", paid, "total", decimal(22, 2)), Comparison("above", 10 * number)),
            m.Compare(Aggregate("average", paid, "total", RATIO), Comparison("above", 20 + number)),
        )
        segments.append(m.SegmentRule(f"segment_{number}", m.AnyOf((m.All(leaves[:2]), leaves[2])) if number % 2 else m.All(leaves)))
    groups = (m.GroupOrder("priority", tuple(each.slug for each in segments[:10]), "everyone_else"),)
    versions = {each.slug: 1 for each in segments} | {"everyone_else": 1}
    return InForce(None, m.RuleSet(tuple(segments), groups), versions, f"benchmark-{count}")


def event_rules(count: int) -> InForce:
    """`count` segments over events alone, entered and left often: a few of a kind, or worth more than the mean, in several windows."""
    segments = []
    for number in range(count):
        kind, days = EVENTS[number % 4], (7, 30, 90)[number % 3]
        recent = Selection(kind, (kind,), window=Window(within=days * DAY))
        few = m.Compare(Aggregate("count", recent, None, INTEGER), Comparison("at_least", 1 + number % 5))
        dear = m.Compare(Aggregate("average", recent, "value", RATIO), Comparison("above", 100))
        segments.append(m.SegmentRule(f"segment_{number}", m.All((few, dear)) if number % 2 else few))
    return InForce(None, m.RuleSet(tuple(segments), ()), {each.slug: 1 for each in segments}, f"events-{count}")


def events(spark: SparkSession, first: int, rows: int, *, customers: int, instant: str, batch: int) -> DataFrame:
    """`rows` events of customers c0.. in the shape of the table `events`."""
    frame = spark.range(first, first + rows).selectExpr(
        f"concat('c', id % {customers}) as customer_id", f"element_at(array{EVENTS}, cast(abs(hash(id)) % 4 as int) + 1) as event",
        "concat('e', id) as event_id", f"timestamp_micros({instant}) as occurred_at",
        "cast(abs(hash(id, 1)) % 20000 / 100 as decimal(12,2)) as value",
        "concat('k', abs(hash(id, 2)) % 20) as category",
    )  # fmt: skip
    return frame.selectExpr(
        "xxhash64(customer_id) as customer_key", "customer_id", "event", "event_id", "occurred_at", "occurred_at as received_at",
        "named_struct('value', value, 'category', category) as properties", "cast(null as array<string>) as null_properties",
        "xxhash64(event_id) as content_hash", "false as is_retracted", "'benchmark' as source",
        "event_id as source_position", f"{batch}L as batch_id",
    )  # fmt: skip


def orders(spark: SparkSession, customers: int) -> DataFrame:
    """Two versions of an order of each customer: placed, then paid a day later."""
    frame = spark.range(0, customers * 2).selectExpr(
        "id", "id div 2 as number", "id % 2 as step", f"{NOW}L - (1 + abs(hash(id div 2)) % 200) * {DAY}L as placed"
    )
    return frame.selectExpr(
        "xxhash64(concat('c', number)) as customer_key", "concat('c', number) as customer_id", "concat('o', number) as fact_id",
        "timestamp_micros(placed) as occurred_at", f"timestamp_micros(placed + step * {DAY}L) as valid_from", "1L + step as commit", "0L as position",
        "named_struct('total', cast(abs(hash(number)) % 30000 / 100 as decimal(12,2)), 'status', if(step = 0, 'placed', 'paid')) as properties",
        "hash(id) * 1L as content_hash", "false as is_deleted", "step = 0 as is_first", "1L as batch_id",
    )  # fmt: skip


def load(lake: Lake, customers: int, facts: int) -> None:
    create_lake_tables(lake, "value: decimal(12,2), category: string", {"orders": "total: decimal(12,2), status: string"})
    rows = customers * (facts - 2)
    spread = f"{NOW}L - cast(abs(hash(id, 3)) % 31536000 as bigint) * 1000000L"
    lake.append(
        "events",
        events(lake.spark, 0, rows, customers=customers, instant=spread, batch=1).repartition(8, "customer_key").sortWithinPartitions("customer_key"),
        "load",
        1,
    )
    lake.append("orders_versions", orders(lake.spark, customers).repartition(4, "customer_key").sortWithinPartitions("customer_key"), "load", 1)


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def full_scan(lake: Lake) -> None:
    lake.read("events").selectExpr("count(*)", "sum(properties.value)", "max(occurred_at)").collect()
    lake.read("orders_versions").selectExpr("count(*)", "sum(properties.total)", "max(valid_from)").collect()


def measure(customers: int, facts: int, segments: int, touched: int, repeats: int) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="micro-batch-"))
    settings = Settings(lake=str(folder), clock="events", snapshot_every="520 weeks")
    lake = Lake(create_session(settings, "micro_batch", {"spark.master": "local[2]"}), settings)
    load(lake, customers, facts)
    evaluator = Evaluator(lake, VOCABULARY, lambda _version: (rules(segments),), "benchmark")
    versions = lake.latest_versions((*evaluator.tables, "definitions"))
    evaluator.commits.finish(evaluator.commits.begin(as_of=NOW, to_versions=versions, fingerprint="loaded"))
    times: list[float] = []
    for number in range(WARMING + repeats):
        first = 10**10 + number * touched
        arrived = events(lake.spark, first, touched, customers=customers, instant=f"{NOW + (number + 1) * 60_000_000}L", batch=number + 2)
        lake.append("events", arrived, "load", number + 2)
        times.append(timed(evaluator.step))
    scans = [timed(lambda: full_scan(lake)) for _ in range(5)]
    last = lake.read("batches").where("job = 'evaluate'").orderBy("batch_id", ascending=False).first()
    shutil.rmtree(folder, ignore_errors=True)
    row = last.asDict() if last else {}
    Console(stderr=True).print(
        f"{customers:,} customers, batches in seconds: {[round(each, 1) for each in times]}; the last one by stage: {row['seconds']}"
    )
    return {
        "batch": statistics.median(times[WARMING:]),
        "scan": statistics.median(scans[1:]),
        **{key: row[key] for key in ("touched", "points", "asserted")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("customers", 1_000_000), ("facts", 20), ("segments", 50), ("touched", 1_000), ("repeats", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--double", action="store_true", help="measure again with twice the customers, of whom the same number is touched")
    given = parser.parse_args()
    table = Table("customers", "facts", "segments", "touched", "points", "rows written", "batch s", "full scan s", "ratio")
    for customers in (given.customers, given.customers * 2) if given.double else (given.customers,):
        found = measure(customers, given.facts, given.segments, given.touched, given.repeats)
        figures = (customers, customers * given.facts, given.segments, found["touched"], found["points"], found["asserted"])
        table.add_row(*(f"{value:,}" for value in figures), f"{found['batch']:.2f}", f"{found['scan']:.2f}", f"{found['batch'] / found['scan']:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
