"""What a decision leaves behind: due times, and the ledger's rows with what they add up to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.decision.decide import Decision
from segmentation.membership.ledger import difference
from segmentation.pipelines.commit import Plan
from segmentation.tables import DUE, MEMBERSHIP_CHANGES


class DecisionWriter:
    """The writer of `due` and the ledger for the batches of one job."""

    def __init__(self, lake: Lake, job: str) -> None:
        self.lake = lake
        self.job = job

    def write(self, plan: Plan, decision: Decision, belief: DataFrame | None, *, is_replay: bool) -> dict[str, Any]:
        """Due and ledger side by side; in a replay one after the other, as each append must say whether the crash came before or after it.

        belief: rows of the ledger that the decision replaces, or None. Returns the figures for the row in `batches`.
        """
        with ThreadPoolExecutor(1) as beside:
            points = beside.submit(self._write_due, plan, decision, is_replay=is_replay)
            if is_replay:
                wait([points])
            written = self._write_ledger(plan, decision, belief, is_replay=is_replay)
        return {"points": points.result(), **written}

    def _write_due(self, plan: Plan, decision: Decision, *, is_replay: bool) -> int:
        points, seen = F.sum(F.size("points")).alias("points"), Observation()
        observed = replace(decision, customers=decision.customers.observe(seen, points))
        is_new = self.lake.append(DUE.name, observed.due.selectExpr("*", f"{plan.batch_id}L as batch_id"), self.job, plan.batch_id, files=1)
        return int(_figures(seen, is_new or not is_replay, lambda: decision.customers.agg(points)).get("points") or 0)

    def _write_ledger(self, plan: Plan, decision: Decision, belief: DataFrame | None, *, is_replay: bool) -> dict[str, Any]:
        rows = difference(decision.transitions, belief).selectExpr(
            "*", f"{plan.batch_id}L as batch_id", f"timestamp_micros({plan.recorded_at}L) as recorded_at"
        )
        if plan.kind == "repair":
            rows = rows.withColumn("cause", F.expr("if(assertion > 0, 'repair', cause)"))
        is_timely = f"cause = 'time' and assertion > 0 and effective_at > timestamp_micros({plan.previous_as_of or plan.as_of}L)"
        lag = f"if({is_timely}, ({plan.recorded_at}L - unix_micros(effective_at)) / 1e6, null)"
        counts = (
            F.expr("count_if(assertion > 0)").alias("asserted"),
            F.expr("count_if(assertion < 0)").alias("retracted"),
            *(F.expr(f"percentile_approx({lag}, {p / 100})").alias(f"time_lag_p{p}_seconds") for p in (50, 95)),
            F.expr(f"max({lag})").alias("time_lag_max_seconds"),
        )
        name, seen = MEMBERSHIP_CHANGES.name, Observation()
        is_new = self.lake.append(name, rows.observe(seen, *counts).select(*self.lake.schema(name).names), self.job, plan.batch_id, files=1)
        figures = _figures(seen, is_new or not is_replay, lambda: self.lake.read(name).where(F.col("batch_id") == plan.batch_id).agg(*counts))
        return {**figures, "transitions": figures.get("asserted")}


def _figures(seen: Observation, is_new: bool, again: Callable[[], DataFrame]) -> dict[str, Any]:
    """What was seen while rows were written; of rows written before a crash the same `again`: a skipped write shows nothing, ever."""
    if is_new:
        return dict(seen.get)
    row = again().first()
    return row.asDict() if row else {}
