"""What the tables of two lakes hold, without what may differ between two runs: who wrote a row, when, and how long it took."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tests.faults.small_shop import Place

MAY_DIFFER = {"recorded_at", "run_id", "applied_at", "seconds", *(f"time_lag_{figure}_seconds" for figure in ("p50", "p95", "max"))}
ARRIVED_AT = {"quarantine": {"received_at"}}
"""What is not JSON, and a row of a list, bring no instant of their arrival: it is the wall clock's."""
PLANNED_AT = ("ingested_at", "taken_at", "checkpoint")
"""Keys of a plan's details: two instants of the wall clock and a random name."""
Contents = dict[str, Counter[str]]


def read_tables(spark: SparkSession, place: Place, lake: Path | None = None) -> Contents:
    """Table -> how often each of its rows is there. The lake is the place's own where none is given."""
    found = {}
    for log in sorted((lake or place.lake).glob("*/_delta_log")):
        rows = spark.read.format("delta").load(str(log.parent)).collect()
        found[log.parent.name] = Counter(_text(log.parent.name, row.asDict(recursive=True), place.folder) for row in rows)
    return found


def _text(table: str, row: dict[str, Any], folder: Path) -> str:
    kept = {name: value for name, value in row.items() if name not in MAY_DIFFER | ARRIVED_AT.get(table, set())}
    if "details" in kept:
        details = json.loads(kept["details"])
        kept["details"] = {key: value for key, value in details.items() if key not in PLANNED_AT}
    return repr(sorted(kept.items())).replace(str(folder), "")


def differences(expected: Contents, found: Contents) -> list[str]:
    """A line for each row too few or too many."""
    lines = []
    for table in sorted(expected.keys() | found.keys()):
        before, after = expected.get(table, Counter()), found.get(table, Counter())
        lines += [f"{table}: missing {row}" for row in (before - after).elements()]
        lines += [f"{table}: too many {row}" for row in (after - before).elements()]
    return lines
