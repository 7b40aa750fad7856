"""Do files and batch time stay flat over many micro-batches, when the tables are maintained now and then?

    .venv/bin/python scripts/benchmarks/many_batches.py [--batches 1000] [--maintain-every 100] [--customers 10000] [--touched 100]

A batch is ten minutes, so each sixth takes a snapshot. Prints a line each so many batches, as it goes: median and mean seconds of a batch,
files that the tables consist of, and files of their logs that a process which starts reads. Maintenance is timed apart. "control s" is a
query that never changes, over a table that never changes: what it says is the machine's doing. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.adapters.session import create_session
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.maintain_tables import maintain_lake
from segmentation.rules import model as m
from segmentation.rules.in_force import InForce
from segmentation.rules.types import INTEGER, STRING, Type
from segmentation.rules.values import Aggregate, Comparison, Selection, Window
from segmentation.rules.vocabulary import FactKind, Vocabulary
from segmentation.settings import Settings

HOUR = 3_600_000_000
STEP = HOUR // 6
NOW = 1_780_000_000_000_000
VOCABULARY = Vocabulary(facts={"viewed": FactKind("viewed", "event", Type("object", fields=(("page", STRING),)))})
TABLES = ("events", "due", "membership_changes", "plans", "batches")


def rules() -> InForce:
    recent = (Selection("viewed", ("viewed",), window=Window(within=hours * HOUR)) for hours in (4, 12))
    leaves = (m.Compare(Aggregate("count", each, None, INTEGER), Comparison("at_least", 1)) for each in recent)
    segments = tuple(m.SegmentRule(f"seen_{number}", leaf) for number, leaf in enumerate(leaves))
    return InForce(None, m.RuleSet(segments, ()), {each.slug: 1 for each in segments}, "benchmark")


@dataclass(frozen=True)
class Stretch:
    """Some batches, and the maintenance after them; seconds."""

    batches: int
    median: float
    mean: float
    files: dict[str, int]
    log_files: int
    maintenance: float
    control: float

    def line(self) -> str:
        counts = ", ".join(f"{table} {count:,}" for table, count in self.files.items())
        seconds = f"{self.median:.2f} s each (mean {self.mean:.2f}), control {self.control:.2f} s"
        return f"{self.batches:,} batches: {seconds}; files: {counts}, logs {self.log_files:,}; maintenance {self.maintenance:.1f} s"


def append_events(lake: Lake, number: int, customers: int, touched: int) -> None:
    frame = lake.spark.range(number * touched, (number + 1) * touched).selectExpr(
        f"xxhash64(concat('c', id * 7919 % {customers})) as customer_key", f"concat('c', id * 7919 % {customers}) as customer_id",
        "'viewed' as event", "concat('e', id) as event_id", f"timestamp_micros({NOW + number * STEP}L) as occurred_at",
        f"timestamp_micros({NOW + number * STEP}L) as received_at", "named_struct('page', 'p') as properties",
        "cast(null as array<string>) as null_properties", "1L as content_hash", "false as is_retracted", "'benchmark' as source",
        "'' as source_position", f"{number}L as batch_id",
    )  # fmt: skip
    lake.append("events", frame, "load", number, files=1)


def count_files(lake: Lake) -> dict[str, int]:
    """Files that the newest version of each table consists of."""
    return {table: len(lake.read(table).inputFiles()) for table in TABLES}


def count_log_files(lake: Lake) -> int:
    """Commits after the last checkpoint of each table: what is read one by one."""
    total = 0
    for table in TABLES:
        log = Path(lake.settings.path(table), "_delta_log")
        checkpoint = max((int(file.name[:20]) for file in log.glob("*.checkpoint*.parquet")), default=-1)
        total += sum(int(file.stem) > checkpoint for file in log.glob("*.json"))
    return total


def time_control(lake: Lake, path: str) -> float:
    """Median seconds of the query over the table that stays."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        frame = lake.spark.read.format("delta").load(path)
        frame.groupBy("key").count().join(frame, "key").groupBy("count").count().collect()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def run_batches(lake: Lake, batches: int, maintain_every: int, customers: int, touched: int) -> Iterator[Stretch]:
    """Every stretch starts like a process that has just been started: nothing is remembered but what the tables say."""
    create_lake_tables(lake, "page: string", {})
    control = tempfile.mkdtemp(prefix="many-batches-control-")
    lake.spark.range(customers * 10).selectExpr(f"id % {customers} as key").write.format("delta").mode("overwrite").save(control)
    for first in range(0, batches, maintain_every):
        evaluator, seconds = Evaluator(lake, VOCABULARY, lambda _version: (rules(),), "benchmark"), []
        for number in range(first, min(first + maintain_every, batches)):
            append_events(lake, number, customers, touched)
            start = time.perf_counter()
            evaluator.step()
            seconds.append(time.perf_counter() - start)
        start, files, log_files = time.perf_counter(), count_files(lake), count_log_files(lake)
        maintain_lake(lake, evaluator)
        maintenance = time.perf_counter() - start
        median, mean = statistics.median(seconds), statistics.mean(seconds)
        yield Stretch(first + len(seconds), median, mean, files, log_files, maintenance, time_control(lake, control))
    shutil.rmtree(control)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("batches", 1000), ("maintain-every", 100), ("customers", 10_000), ("touched", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="many-batches-")
    settings = Settings(lake=folder, clock="events")
    lake = Lake(create_session(settings, "many_batches", {"spark.master": "local[2]"}), settings)
    table = Table("batches", "median s", "mean s", "control s", *TABLES, "log files", "maintenance s")
    for each in run_batches(lake, given.batches, given.maintain_every, given.customers, given.touched):
        seconds = (each.median, each.mean, each.control)
        counts = (*each.files.values(), each.log_files)
        table.add_row(f"{each.batches:,}", *(f"{a:.2f}" for a in seconds), *(f"{b:,}" for b in counts), f"{each.maintenance:.1f}")
        print(each.line(), file=sys.stderr, flush=True)
    Console().print(table)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
