"""Snapshots of membership on a cadence: the table, then its row in the manifest."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.issues import UserError
from segmentation.membership.snapshot import count_movements, next_snapshot
from segmentation.pipelines.commit import Commits, Plan
from segmentation.tables import MEMBERSHIP, MEMBERSHIP_CHANGES, SNAPSHOTS

JOB = "evaluate"


class Snapshots:
    """Made by the evaluation, always from the ledger, never from a second decision."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._last: dict[str, Any] | None = None
        self._is_read = False

    def last(self) -> dict[str, Any] | None:
        """snapshot_id, batch_id, as_of_us, membership_version of the newest snapshot; None before the first."""
        if not self._is_read:
            rows = self.lake.read(SNAPSHOTS.name).selectExpr("snapshot_id", "batch_id", "unix_micros(as_of) as as_of_us", "membership_version")
            found = rows.orderBy(F.desc("batch_id")).limit(1).collect()
            self._last = found[0].asDict() if found else None
            self._is_read = True
        return self._last

    def take_if_due(self, plan: Plan) -> bool:
        """Take one when `snapshot_every` has passed since the last (in the decision's time)."""
        last = self.last()
        if plan.as_of is None:
            return False
        if last is not None and last["batch_id"] < plan.batch_id and plan.as_of - last["as_of_us"] < self.lake.settings.snapshot_every:
            return False
        return self.take(plan.batch_id, plan.as_of, plan.recorded_at, plan.fingerprint)

    def take(self, batch_id: int, as_of: int, recorded_at: int, fingerprint: str) -> bool:
        """A snapshot of everything up to `batch_id`; False where it exists already."""
        last = self.last()
        if last is not None and last["batch_id"] >= batch_id:
            return False
        previous = self.lake.read(MEMBERSHIP.name, last["membership_version"] if last else 0)
        ledger = self.lake.read_pinned(MEMBERSHIP_CHANGES.name).where(F.col("batch_id") <= batch_id)
        current = next_snapshot(previous, ledger, last["batch_id"] if last else 0).persist()
        self.lake.overwrite(MEMBERSHIP.name, current.repartition(1, "segment").sortWithinPartitions("segment", "customer_key"), JOB, batch_id)
        version = self.lake.latest_version(MEMBERSHIP.name)
        row = {
            "snapshot_id": (last["snapshot_id"] if last else 0) + 1, "batch_id": batch_id, "as_of": as_of, "recorded_at": recorded_at,
            "definitions_fingerprint": fingerprint, "membership_version": version, "segments": _segments(previous, current),
        }  # fmt: skip
        self.lake.append_rows(SNAPSHOTS.name, [row], JOB, batch_id)
        current.unpersist()
        self._last = {"snapshot_id": row["snapshot_id"], "batch_id": batch_id, "as_of_us": as_of, "membership_version": version}
        return True


def _segments(previous: DataFrame, current: DataFrame) -> list[tuple[Any, ...]]:
    """Counts and movements; as many rows as segments."""
    return [tuple(row) for row in count_movements(previous, current).orderBy("segment").collect()]


def take_now(commits: Commits, snapshots: Snapshots) -> bool:
    """A snapshot of the last finished batch, whatever the cadence says; False where it is there already. Raises UserError before the first batch."""
    commits.claim()
    plan = commits.last()
    if plan is None or plan.as_of is None:
        raise UserError.because("nothing has been evaluated yet", "Run `segmentation run --once` first.")
    if commits.unfinished() is not None:
        raise UserError.because(f"batch {plan.batch_id} is unfinished", "Run `segmentation run --once`: it is finished first.")
    return snapshots.take(plan.batch_id, plan.as_of, plan.recorded_at, plan.fingerprint)
