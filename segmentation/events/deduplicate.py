"""Exact copies are dropped, whether in the batch or already in the table; copies that differ stay and are marked."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

FACT = ("customer_key", "customer_id", "event", "event_id")
"""What makes two rows the same event."""
IS_COPY = "is_copy"
IS_CONFLICT = "is_conflict"


def mark_copies(events: DataFrame, known: DataFrame | None, *, is_small: bool = True) -> DataFrame:
    """`events` with is_copy (an equal row is in `known` or earlier in the batch) and is_conflict (a row that differs is).

    `known`: rows of the events table (customer_key, customer_id, event, event_id, content_hash), any superset of those that matter.
    Earlier in the batch means by source position, so that every run drops the same rows. `is_small`: the batch may be sent to every
    executor, which spares the table a shuffle.
    """
    ranked = events.withColumn("_rank", F.expr(f"row_number() over (partition by {', '.join(FACT)}, content_hash order by source_position)"))
    ranked = ranked.withColumn("_variant", F.expr(f"dense_rank() over (partition by {', '.join(FACT)} order by content_hash)"))
    if known is None:
        marks = {IS_COPY: "_rank > 1", IS_CONFLICT: "_rank = 1 and _variant > 1"}
    else:
        keys = _hinted(events.select(*FACT).distinct(), is_small)
        hashes = known.join(keys, on=list(FACT), how="left_semi").groupBy(*FACT).agg(F.collect_set("content_hash").alias("_hashes"))
        ranked = ranked.join(_hinted(hashes, is_small), on=list(FACT), how="left")
        is_known = "coalesce(array_contains(_hashes, content_hash), false)"
        marks = {
            IS_COPY: f"_rank > 1 or {is_known}",
            IS_CONFLICT: f"_rank = 1 and not {is_known} and (_variant > 1 or _hashes is not null)",
        }
    return ranked.withColumns({mark: F.expr(condition) for mark, condition in marks.items()}).drop("_rank", "_variant", "_hashes")


def _hinted(frame: DataFrame, is_small: bool) -> DataFrame:
    return F.broadcast(frame) if is_small else frame
