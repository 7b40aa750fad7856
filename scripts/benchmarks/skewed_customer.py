"""One customer with very many facts, decided in one sweep: the curve must stay at most n log n, whatever the rules ask.

    .venv/bin/python scripts/benchmarks/skewed_customer.py [--facts 1000 10000 100000 200000] [--rules events put-together ...]

Prints for each kind of rules the seconds of a whole history decided at once, and microseconds by n log n, which should not rise:
events (counts and means in windows), put-together (sequences, most frequent, smallest and newest values, versions of a table), medians,
values, attributes (`for`, `changed_within`), by-itself (facts that count since a start of day in the customer's zone, or once another
one is there). Nothing is asserted.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from micro_batch import DAY, EVENTS, MONEY, NOW, VOCABULARY, event_rules, events, orders
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.adapters.session import create_session
from segmentation.decision.decide import decide
from segmentation.rules import model as m
from segmentation.rules.compile import compile_program
from segmentation.rules.in_force import InForce
from segmentation.rules.types import RATIO, STRING, TIMESTAMP, array, decimal
from segmentation.rules.values import Aggregate, Comparison, Match, Selection, Since, Window
from segmentation.rules.vocabulary import Attribute
from segmentation.settings import Settings

YEAR = 365 * DAY


def of(kind: str, days: int | None = None, newest: int | None = None) -> Selection:
    return Selection(kind, (kind,), window=Window(within=days * DAY if days else None), newest=newest)


def put_together() -> list[m.Leaf]:
    """Half of the rules read facts in a window, half for ever; the last one reads versions of a table beside them."""
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
    return [m.Sequence(abandoned, DAY), m.Sequence(read, DAY), m.Sequence(read), *compared, newest, last]


def medians() -> list[m.Leaf]:
    asked = [Aggregate("median", of("viewed", days), "value", RATIO) for days in (1, 90, None)]
    return [m.Compare(each, Comparison("above", 100)) for each in (*asked, Aggregate("median", of("orders", 90), "total", RATIO))]


def values() -> list[m.Leaf]:
    return [m.Compare(Aggregate("values", of("viewed", days), "category", array(STRING)), Comparison("contains", "k1")) for days in (1, 90, None)]


def attributes() -> list[m.Leaf]:
    category = m.AttributeValue("category", STRING)
    return [m.AttributeFor(category, Comparison("is_not", "k1"), DAY), m.AttributeChanged(category, DAY // 24)]


def by_itself() -> list[m.Leaf]:
    today, month = (Window(since=Since(unit=unit, zone="customer")) for unit in ("day", "month"))
    matched = Selection("bought", ("bought",), window=Window(within=30 * DAY), matched_by=Match("email_opened", "category", STRING))
    leaves = [m.Did(Selection("viewed", ("viewed",), window=each), Comparison("at_least", 3)) for each in (today, month)]
    return [
        *leaves,
        m.Did(matched, Comparison("at_least", 3)),
        m.Sequence((m.Step(Selection("viewed", ("viewed",), window=today)), m.Step(of("bought")))),
    ]


RULES = {"put-together": put_together, "medians": medians, "values": values, "attributes": attributes, "by-itself": by_itself}
KNOWN = replace(VOCABULARY, attributes={"category": Attribute("category", STRING, EVENTS), "time_zone": Attribute("time_zone", STRING, EVENTS)})


def rules_of(name: str) -> InForce:
    if name == "events":
        return event_rules(20)
    segments = tuple(m.SegmentRule(f"segment_{number}", leaf) for number, leaf in enumerate(RULES[name]()))
    return InForce(None, m.RuleSet(segments, ()), {each.slug: 1 for each in segments}, name)


def frames_of_one(lake: Lake, facts: int) -> dict[str, DataFrame]:
    """`facts` events of one customer, spread evenly over a year, and a tenth as many orders."""
    spread = f"{NOW}L - cast(id as bigint) * {YEAR // facts}L"
    lake.append("events", events(lake.spark, 0, facts, customers=1, instant=spread, batch=1), f"load-{facts}", 1)
    ordered = orders(lake.spark, facts // 10).withColumns({"customer_id": F.lit("c0"), "customer_key": F.xxhash64(F.lit("c0"))})
    lake.append("orders_versions", ordered, f"load-{facts}", 1)
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
    decision = decide(frames, touched, compile_program((rules,), KNOWN), KNOWN)
    transitions = decision.transitions.count()
    seconds = time.perf_counter() - start
    points = decision.customers.selectExpr("sum(size(points)) as n").first()
    decision.release()
    shutil.rmtree(folder, ignore_errors=True)
    return seconds, points["n"] if points else 0, transitions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, nargs="+", default=[1_000, 10_000, 100_000, 200_000])
    parser.add_argument("--rules", nargs="+", choices=("events", *RULES), default=("events", *RULES))
    given = parser.parse_args()
    table = Table("rules", "facts", "points", "transitions", "seconds", "µs by n log n")
    for name in given.rules:
        rules = rules_of(name)
        sweep(given.facts[0], rules)  # the first sweep compiles everything
        for facts in given.facts:
            seconds, points, transitions = sweep(facts, rules)
            figures = f"{seconds:.1f}", f"{seconds * 1e6 / facts / math.log2(facts):.1f}"
            table.add_row(name, f"{facts:,}", f"{points:,}", f"{transitions:,}", *figures)
            print(f"{name}, {facts:,} facts: {figures[0]} s", file=sys.stderr, flush=True)
    Console().print(table)


if __name__ == "__main__":
    main()
