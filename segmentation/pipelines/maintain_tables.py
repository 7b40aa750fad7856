"""Upkeep between batches: compact, let past due times go, and remove files and log entries that neither a plan nor a snapshot needs."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.adapters.lake import Lake
from segmentation.adapters.maintenance import clean_log, compact, delete_where, vacuum
from segmentation.issues import UserError
from segmentation.pipelines.commit import Plan
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.tables import BATCHES, DUE, MEMBERSHIP_CHANGES, PLANS, QUARANTINE, WEEK_OF_HOURS

OWN_TABLES = (MEMBERSHIP_CHANGES.name, DUE.name, PLANS.name, BATCHES.name, QUARANTINE.name)
"""Read by their newest version alone. Snapshots and membership are not here: a snapshot is a version of membership for good."""

OWN_LOGS = (DUE.name, PLANS.name, BATCHES.name)
MINUTES_OF_OWN_LOGS = 10
"""Nobody but our own processes follows these: every batch lists their logs, and what they were ten minutes ago no reader is still about to ask."""


@dataclass(frozen=True)
class Maintained:
    """Names of the tables that were compacted and vacuumed, and of those not vacuumed because a plan or a reader needs older files."""

    compacted: tuple[str, ...]
    vacuumed: tuple[str, ...]
    kept: tuple[str, ...]


def maintain(deployment: Deployment, retain_hours: int = WEEK_OF_HOURS) -> Maintained:
    """The tables of an installation. See `maintain_lake`."""
    return maintain_lake(deployment.lake, deployment.evaluator(), retain_hours)


def maintain_lake(lake: Lake, evaluator: Evaluator, retain_hours: int = WEEK_OF_HOURS) -> Maintained:
    """Run between batches. Raises UserError while a batch of the evaluation is unfinished: its plan reads what it pinned."""
    if retain_hours < WEEK_OF_HOURS:
        raise UserError.because(f"{retain_hours} hours is too short a retention", f"Give at least {WEEK_OF_HOURS}: readers may be that far behind.")
    if evaluator.commits.unfinished() is not None:
        raise UserError.because("a batch is unfinished", "Run `segmentation run --once`: it is finished first.")
    last = evaluator.commits.last()
    vacuumed, kept = _vacuum(lake, last, evaluator.tables, retain_hours)
    if last is not None and last.as_of is not None:
        with lake.one_writer(DUE.name):
            delete_where(lake.spark, lake.address(DUE.name), f"due_at <= timestamp_micros({last.as_of}L)")
    compacted = (*evaluator.tables, *OWN_TABLES)
    for table in compacted:
        with lake.one_writer(table):
            compact(lake.spark, lake.address(table))
    return Maintained(compacted, vacuumed, kept)


def _vacuum(lake: Lake, last: Plan | None, fact_tables: tuple[str, ...], hours: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A fact table waits until the last plan pins its newest version: repair and forecast read that one, the next batch what follows."""
    pinned = last.to_versions if last else {}
    ready = tuple(table for table in fact_tables if pinned.get(table) == lake.latest_version(table))
    vacuumed = (*ready, *OWN_TABLES)
    for table in vacuumed:
        vacuum(lake.spark, lake.address(table), hours)
        clean_log(lake.spark, lake.address(table), MINUTES_OF_OWN_LOGS if table in OWN_LOGS else hours * 60)
    return vacuumed, tuple(table for table in fact_tables if table not in ready)
