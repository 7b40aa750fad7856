"""Everybody recomputed from facts, held against the ledger; what differs is named, and mended when asked."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.decision.decide import decide
from segmentation.issues import UserError
from segmentation.membership.ledger import TRANSITION, difference
from segmentation.pipelines.commit import Plan
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.fact_tables import pinned
from segmentation.rules.affected import SINCE_EVER
from segmentation.tables import MEMBERSHIP_CHANGES
from segmentation.timeline.touched import everybody, find_touched

SHOWN = 100
BUCKETS = 10_000


@dataclass(frozen=True)
class Difference:
    """An instant (microseconds) at which ledger and facts disagree; None: no transition there."""

    customer_id: str
    segment: str
    effective_at: int
    believed: str | None
    recomputed: str | None


@dataclass(frozen=True)
class ReconcileResult:
    """count: all differences; differences: the first hundred of them."""

    as_of: int
    count: int
    differences: tuple[Difference, ...]
    is_repaired: bool


def reconcile(deployment: Deployment, sample: float | None = None, repair: bool = False) -> ReconcileResult:
    """sample: share of customers in (0, 1], always the same ones. Raises UserError before the first batch and while one is unfinished."""
    if sample is not None and not 0 < sample <= 1:
        raise UserError.because(f"{sample} is no share of the customers", "Give more than 0 and at most 1.")
    return reconcile_ledger(deployment.evaluator(), sample, repair)


def reconcile_ledger(evaluator: Evaluator, sample: float | None = None, repair: bool = False) -> ReconcileResult:
    """The same for an evaluator at hand. A repair sweeps everybody, whatever the sample was, and writes the cause `repair`."""
    last = evaluator.commits.last()
    if last is None or last.as_of is None:
        raise UserError.because("nothing has been evaluated yet", "Run `segmentation run --once` first.")
    if evaluator.commits.unfinished() is not None:
        raise UserError.because(f"batch {last.batch_id} is unfinished", "Run `segmentation run --once`: it is finished first.")
    found = _differences(evaluator, last, last.as_of, sample).persist()
    count = found.count()
    rows = found.orderBy("customer_id", "effective_at", "segment").limit(SHOWN).collect()
    found.unpersist()
    if count and repair:
        evaluator.sweep_everybody("repair", SINCE_EVER, {"differences": count})
    return ReconcileResult(last.as_of, count, tuple(Difference(*row) for row in rows), bool(count and repair))


def _differences(evaluator: Evaluator, last: Plan, as_of: int, sample: float | None) -> DataFrame:
    """Columns of Difference. Causes are not compared: a repaired row tells of the repair."""
    frames = pinned(evaluator.lake, last.to_versions, evaluator.tables)
    touched = _sampled(find_touched([everybody(frames, SINCE_EVER)], None, as_of), sample)
    decision = decide(frames, touched, evaluator.program(last, SINCE_EVER), evaluator.vocabulary, evaluator.history_since())
    believed = _sampled(evaluator.lake.read(MEMBERSHIP_CHANGES.name), sample).select(*TRANSITION, "assertion")
    nameless = F.lit("").alias("cause")
    columns = [nameless if name == "cause" else F.col(name) for name in TRANSITION]
    signed = difference(decision.transitions.select(*columns), believed.select(*columns, "assertion"))
    return signed.groupBy("customer_id", "segment", F.unix_micros("effective_at").alias("effective_at")).agg(
        F.expr("max(if(assertion < 0, status, null))").alias("believed"), F.expr("max(if(assertion > 0, status, null))").alias("recomputed")
    )


def _sampled(frame: DataFrame, share: float | None) -> DataFrame:
    return frame if share is None else frame.where(f"pmod(xxhash64(customer_key), {BUCKETS}) < {max(round(share * BUCKETS), 1)}")
