"""The next snapshot of membership: the previous one, and the ledger for every pair that has moved since."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.membership.ledger import KEYS, statuses_at


def next_snapshot(previous: DataFrame, ledger: DataFrame, since_batch: int) -> DataFrame:
    """Columns of `membership`. Pairs without a ledger row after `since_batch` stay as they were; the others are folded from the ledger."""
    moved = ledger.where(F.col("batch_id") > since_batch).select(*KEYS).distinct()
    untouched = previous.join(moved, on=list(KEYS), how="left_anti")
    folded = statuses_at(ledger.join(moved, on=list(KEYS), how="left_semi"))
    return untouched.unionByName(folded)


def count_movements(previous: DataFrame, current: DataFrame) -> DataFrame:
    """segment, active, outranked, entered, exited: sizes now, and who became active or ceased to be since the previous snapshot."""
    before = previous.selectExpr(*KEYS, "status = 'active' as was_active")
    now = current.selectExpr(*KEYS, "status = 'active' as is_active")
    both = now.join(before, on=list(KEYS), how="full_outer")
    return both.groupBy("segment").agg(
        F.expr("count_if(is_active)").alias("active"),
        F.expr("count_if(not is_active)").alias("outranked"),
        F.expr("count_if(coalesce(is_active, false) and not coalesce(was_active, false))").alias("entered"),
        F.expr("count_if(coalesce(was_active, false) and not coalesce(is_active, false))").alias("exited"),
    )
