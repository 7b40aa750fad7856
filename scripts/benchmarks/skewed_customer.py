"""One customer with very many facts, decided in one sweep: the curve must stay at most n log n.

    .venv/bin/python scripts/benchmarks/skewed_customer.py [--facts 1000 10000 100000 200000] [--segments 20] [--put-together]

With --put-together the rules are such that no running total answers them: sequences, most frequent, smallest and newest values.
Prints the seconds of a whole history decided at once, and microseconds by n log n, which should not rise. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
import time
from pathlib import Path

from micro_batch import DAY, MONEY, NOW, VOCABULARY, event_rules, events
from pyspark.sql import DataFrame
from rich.console import Console
from rich.table import Table

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.adapters.session import create_session
from segmentation.decision.decide import decide
from segmentation.rules import model as m
from segmentation.rules.compile import compile_program
from segmentation.rules.in_force import InForce
from segmentation.rules.types import STRING, TIMESTAMP, decimal
from segmentation.rules.values import Aggregate, Comparison, Selection, Window
from segmentation.settings import Settings

YEAR = 365 * DAY


def put_together() -> InForce:
    """Half of the rules read facts in a window, half for ever; the last one reads versions of a table beside them."""

    def of(kind: str, days: int | None = None, newest: int | None = None) -> Selection:
        return Selection(kind, (kind,), window=Window(within=days * DAY if days else None), newest=newest)

    abandoned = (m.Step(of("viewed")), m.Step(of("bought"), negated=True, within=DAY // 24))
    read = (m.Step(of("email_delivered")), m.Step(of("email_opened"), within=DAY), m.Step(of("bought"), within=DAY))
    values = [
        Aggregate(function, of("viewed", days), path, kind)
        for days in (30, None)
        for function, path, kind in (("most_frequent", "category", STRING), ("minimum", "value", MONEY))
    ]
    compared = [m.Compare(each, Comparison("is" if each.type == STRING else "below", "k1" if each.type == STRING else 1)) for each in values]
    newest = m.Compare(Aggregate("sum", of("bought", newest=3), "value", decimal(22, 2)), Comparison("above", 300))
    last = m.Compare(Aggregate("latest", of("orders"), None, TIMESTAMP), Comparison("within", 30 * DAY))
    leaves = (m.Sequence(abandoned, DAY), m.Sequence(read, DAY), m.Sequence(read), *compared, newest, last)
    segments = tuple(m.SegmentRule(f"segment_{number}", leaf) for number, leaf in enumerate(leaves))
    return InForce(None, m.RuleSet(segments, ()), {each.slug: 1 for each in segments}, "put-together")


def frames_of_one(lake: Lake, facts: int) -> dict[str, DataFrame]:
    """`facts` events of one customer, spread evenly over a year."""
    spread = f"{NOW}L - cast(id as bigint) * {YEAR // facts}L"
    lake.append("events", events(lake.spark, 0, facts, customers=1, instant=spread, batch=1), f"load-{facts}", 1)
    return {"events": lake.read("events"), "orders_versions": lake.read("orders_versions")}


def sweep(facts: int, rules: InForce) -> tuple[float, int, int]:
    """(seconds, points, transitions) of the whole history."""
    folder = Path(tempfile.mkdtemp(prefix="skewed-customer-"))
    settings = Settings(lake=str(folder), clock="events")
    lake = Lake(create_session(settings, "skewed_customer", {"spark.master": "local[2]", "spark.driver.memory": "4g"}), settings)
    create_lake_tables(lake, "value: decimal(12,2), category: string", {"orders": "total: decimal(12,2), status: string"})
    frames = frames_of_one(lake, facts)
    touched = lake.spark.sql(f"select xxhash64('c0') as customer_key, 'c0' as customer_id, 0L as from_us, {NOW}L as as_of_us")
    start = time.perf_counter()
    decision = decide(frames, touched, compile_program((rules,), VOCABULARY), VOCABULARY)
    transitions = decision.transitions.count()
    seconds = time.perf_counter() - start
    points = decision.customers.selectExpr("sum(size(points)) as n").first()
    decision.release()
    shutil.rmtree(folder, ignore_errors=True)
    return seconds, points["n"] if points else 0, transitions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, nargs="+", default=[1_000, 10_000, 100_000, 200_000])
    parser.add_argument("--segments", type=int, default=20)
    parser.add_argument("--put-together", action="store_true")
    given = parser.parse_args()
    rules = put_together() if given.put_together else event_rules(given.segments)
    sweep(given.facts[0], rules)  # the first sweep of a session compiles everything
    table = Table("facts", "points", "transitions", "seconds", "µs by n log n")
    for facts in given.facts:
        seconds, points, transitions = sweep(facts, rules)
        table.add_row(f"{facts:,}", f"{points:,}", f"{transitions:,}", f"{seconds:.1f}", f"{seconds * 1e6 / facts / math.log2(facts):.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
