"""What the next batch of the evaluation decides: which versions, up to which instant; nothing is planned when nothing has happened."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.pipelines.commit import Plan
from segmentation.pipelines.fact_tables import new_rows
from segmentation.settings import Settings
from segmentation.tables import DEFINITIONS, DUE
from segmentation.timeline.touched import new_facts


@dataclass(frozen=True)
class Horizon:
    """The state of the world a plan pins: versions of the fact tables and of the definitions, and whether commits remain beyond."""

    to_versions: Mapping[str, int]
    is_caught_up: bool


def next_horizon(lake: Lake, tables: tuple[str, ...], before: Mapping[str, int], commits_per_batch: int | None) -> Horizon:
    """The newest versions, or `commits_per_batch` commits further on where a batch is limited."""
    latest = lake.latest_versions((*tables, DEFINITIONS.name))
    if commits_per_batch is None:
        return Horizon(latest, is_caught_up=True)
    limited = {table: min(latest[table], before.get(table, 0) + commits_per_batch) for table in tables}
    return Horizon({**limited, DEFINITIONS.name: latest[DEFINITIONS.name]}, all(limited[table] == latest[table] for table in tables))


@dataclass(frozen=True)
class Arrivals:
    """The new rows' figures: how many, and the newest `since` among those not dated after their own arrival (None: no such row)."""

    rows: int
    newest_since: int | None


def measure_arrivals(lake: Lake, tables: tuple[str, ...], before: Mapping[str, int], horizon: Horizon) -> Arrivals:
    facts = new_facts(new_rows(lake, before, horizon.to_versions, tables))
    if facts is None:
        return Arrivals(0, None)
    row = facts.agg(F.count("*").alias("n"), F.expr("max(since_us) filter (where not is_ahead)").alias("newest")).first()
    return Arrivals(row["n"], row["newest"]) if row else Arrivals(0, None)


def decide_as_of(settings: Settings, last: Plan | None, arrivals: Arrivals, is_caught_up: bool, now: int | None = None) -> int | None:
    """Events' clock: the newest arrival. Wall clock: the same while commits remain, then now less `settle`. It never falls.

    Under the wall clock a row that is dated ahead of now (an order's, a list's) waits for its time, whatever the machine it came from thinks.
    """
    newest = arrivals.newest_since
    wall = now if now is not None else time.time_ns() // 1000
    if settings.clock == "wall" and newest is not None:
        newest = min(newest, wall)
    known = [instant for instant in (last.as_of if last else None, newest) if instant is not None]
    if settings.clock == "wall" and is_caught_up:
        known.append(wall - settings.settle)
    return max(known, default=None)


def has_due(lake: Lake, previous_as_of: int, as_of: int) -> bool:
    """Whether any customer's answers may have changed by themselves in (previous, as_of]."""
    return not due_between(lake, previous_as_of, as_of).limit(1).isEmpty()


def due_between(lake: Lake, previous_as_of: int, as_of: int, before_batch: int | None = None) -> DataFrame:
    """Rows of `due` with due_at in (previous, as_of]; `before_batch` leaves out what this batch itself wrote before a crash."""
    bounds = f"due_at > timestamp_micros({previous_as_of}L) and due_at <= timestamp_micros({as_of}L)"
    rows = lake.read_pinned(DUE.name).where(bounds)
    return rows if before_batch is None else rows.where(F.col("batch_id") < before_batch)
