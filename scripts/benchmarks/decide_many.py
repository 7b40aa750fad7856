"""A thousand customers against a thousand segments over two hundred traits, decided by Spark: does the plan hold, and what does a segment cost?

    .venv/bin/python scripts/benchmarks/decide_many.py [--customers 1000] [--facts 30] [--segments 50 500 1000] [--traits 200]

Prints a table: seconds of the first sweep (planning, generating and compiling code) and of later ones, and their ratio to the first row.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from load_many import EVENTS, write
from micro_batch import DAY, NOW
from pyspark.sql import DataFrame, SparkSession
from rich.console import Console
from rich.table import Table

from segmentation.adapters.session import create_session
from segmentation.decision.decide import decide
from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.definitions.segments import rule_set
from segmentation.rules.compile import compile_program
from segmentation.rules.fingerprint import fingerprint_rules
from segmentation.rules.in_force import InForce
from segmentation.rules.normalize import normalize_rules
from segmentation.settings import Settings

CUSTOMER = "xxhash64(concat('c', {0})) as customer_key", "concat('c', {0}) as customer_id"


def facts(spark: SparkSession, customers: int, each: int) -> Mapping[str, DataFrame]:
    """Lake table -> rows: `each` facts a customer over two years, a tenth of them orders, and one row of attributes."""
    place, instant = f"id % {customers}", f"{NOW}L - cast(abs(hash(id, 3)) % 63072000 as bigint) * 1000000L"
    events = spark.range(customers * each).selectExpr(
        *(text.format(place) for text in CUSTOMER),
        f"element_at(array{EVENTS}, cast(abs(hash(id)) % {len(EVENTS)} as int) + 1) as event", "concat('e', id) as event_id",
        f"timestamp_micros({instant}) as occurred_at", f"timestamp_micros({instant}) as received_at",
        "named_struct('value', cast(abs(hash(id, 1)) % 20000 / 100 as decimal(12,2)), 'category', concat('c', abs(hash(id, 2)) % 200), "
        "'count', abs(hash(id, 4)) % 9) as properties",
        "cast(null as array<string>) as null_properties", "id as content_hash", "false as is_retracted",
    )  # fmt: skip
    orders = spark.range(customers * max(each // 10, 1)).selectExpr(
        *(text.format(place) for text in CUSTOMER), "concat('o', id) as fact_id", f"timestamp_micros({instant}) as occurred_at",
        f"timestamp_micros({instant}) as valid_from", "1L as commit", "0L as position",
        "named_struct('total', cast(abs(hash(id)) % 30000 / 100 as decimal(12,2)), 'status', if(id % 5 = 0, 'refunded', 'paid'), "
        "'channel', 'web') as properties",
        "id as content_hash", "false as is_deleted", "true as is_first",
    )  # fmt: skip
    attributes = spark.range(customers).selectExpr(
        *(text.format("id") for text in CUSTOMER), "concat('c', id) as fact_id", "cast(null as timestamp) as occurred_at",
        f"timestamp_micros({NOW - 900 * DAY}L) as valid_from", "1L as commit", "0L as position",
        "named_struct('country', concat('c', id % 50), 'tier', if(id % 3 = 0, 'gold', 'blue'), 'birthday', date'1990-05-05') as properties",
        "id as content_hash", "false as is_deleted", "true as is_first",
    )  # fmt: skip
    return {"events": events, "orders_versions": orders, "customers_versions": attributes}


def project_of(segments: int, traits: int) -> Project:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), segments, traits, tests=0)
        return load_project(Path(folder), Settings(lake="lake"))


def sweep(frames: Mapping[str, DataFrame], touched: DataFrame, project: Project) -> int:
    """Transitions of one day of everybody."""
    rules = normalize_rules(rule_set(project))
    program = compile_program((InForce(None, rules, dict.fromkeys(project.segments, 1), fingerprint_rules(rules)),), project.vocabulary)
    decision = decide(frames, touched, program, project.vocabulary)
    count = decision.transitions.count()
    decision.release()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("--customers", 1000), ("--facts", 30), ("--traits", 200), ("--repeats", 3)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--segments", type=int, nargs="+", default=[50, 500, 1000])
    given = parser.parse_args()
    spark = create_session(Settings(lake="lake"), "decide_many", {"spark.master": "local[2]"})
    frames = {table: rows.persist() for table, rows in facts(spark, given.customers, given.facts).items()}
    everybody = frames["customers_versions"].selectExpr("customer_key", "customer_id", f"{NOW - DAY}L as from_us", f"{NOW}L as as_of_us")
    everybody.count()
    table, base = Table("customers", "segments", "transitions", "first s", "warm s", "ratio"), None
    for segments in given.segments:
        project, times, count = project_of(segments, given.traits), [], 0
        for _ in range(1 + given.repeats):
            start = time.perf_counter()
            count = sweep(frames, everybody, project)
            times.append(time.perf_counter() - start)
        warm = statistics.median(times[1:])
        base = base or warm
        table.add_row(f"{given.customers:,}", f"{segments:,}", f"{count:,}", f"{times[0]:.1f}", f"{warm:.1f}", f"{warm / base:.1f}")
        Console(stderr=True).print(f"{segments} segments: {[round(each, 1) for each in times]} s")
    Console().print(table)


if __name__ == "__main__":
    main()
