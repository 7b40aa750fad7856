"""The ledger: what was believed, what a sweep says now, and the rows that turn the one into the other."""

from __future__ import annotations

from collections.abc import Collection

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

KEYS = ("customer_key", "customer_id", "segment")
TRANSITION = (*KEYS, "effective_at", "status", "outranked_by", "cause", "definition")


def fold(ledger: DataFrame) -> DataFrame:
    """The belief: transitions asserted and not taken back. Same columns as TRANSITION."""
    sums = ledger.groupBy(*TRANSITION).agg(F.sum("assertion").alias("assertions"))
    return sums.where("assertions > 0").drop("assertions")


def believed_since(ledger: DataFrame, touched: DataFrame, earliest: int, asked: Collection[str] | None = None) -> DataFrame:
    """The belief about touched customers, each from its own from_us on. earliest: the smallest from_us, which lets files be skipped.

    ledger: rows of earlier batches. touched: customer_key, customer_id, from_us, is_whole. asked: of those who are not whole, the belief
    about these segments only.
    """
    recent = ledger.where(f"effective_at >= timestamp_micros({earliest}L)")
    bounds = touched.selectExpr("customer_key as touched_key", "customer_id as touched_id", "from_us", "is_whole")
    same = "customer_key = touched_key and greatest(customer_id, touched_id) = least(customer_id, touched_id)"
    concerned = recent.join(bounds, on=F.expr(f"{same} and unix_micros(effective_at) >= from_us"), how="inner")
    if asked is not None:
        concerned = concerned.where(F.col("is_whole") | F.col("segment").isin(*sorted(asked)))
    return concerned.select(*TRANSITION, "assertion")


def difference(transitions: DataFrame, belief: DataFrame | None) -> DataFrame:
    """TRANSITION columns and assertion: +1 for what is new, -1 for what is no longer true.

    belief: unfolded rows (TRANSITION, assertion) of the same customers and interval, or None where nothing was believed.
    """
    now = transitions.select(*TRANSITION).withColumn("assertion", F.lit(1))
    if belief is None:
        return now
    signed = now.unionByName(belief.withColumn("assertion", -F.col("assertion")))
    sums = signed.groupBy(*TRANSITION).agg(F.sum("assertion").cast("int").alias("assertion"))
    return sums.where("assertion != 0")


def statuses_at(ledger: DataFrame, at: int | None = None, known_at: int | None = None) -> DataFrame:
    """Who was in what at `at`, as known at `known_at` (microseconds; None: the latest).

    customer_key, customer_id, segment, status, since, outranked_by, cause, definition: active and outranked rows only.
    """
    rows = ledger if known_at is None else ledger.where(f"recorded_at <= timestamp_micros({known_at}L)")
    rows = rows if at is None else rows.where(f"effective_at <= timestamp_micros({at}L)")
    detail = "struct(effective_at, status, outranked_by, cause, definition)"
    latest = fold(rows).groupBy(*KEYS).agg(F.expr(f"max_by({detail}, effective_at)").alias("last"))
    return latest.where("last.status != 'none'").selectExpr(
        *KEYS, "last.status as status", "last.effective_at as since", "last.outranked_by as outranked_by", "last.cause as cause",
        "last.definition as definition",
    )  # fmt: skip
