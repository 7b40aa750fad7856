"""A list as it is now against what was captured of it -> new entries and later statements about old ones."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.sql import quote

REQUIRED_COLUMNS = ("customer_id", "added_at")
KEY = ["customer_id", "added_at"]


def list_rows(rows: DataFrame) -> DataFrame:
    """Rows of the list in our words, with `reasons` (not empty: refused) and `payload`. Without removed_at nobody has left."""
    removed = "try_cast(removed_at as timestamp)" if "removed_at" in rows.columns else "timestamp(null)"
    wrong_end = "removed_at is not null and try_cast(removed_at as timestamp) is null" if "removed_at" in rows.columns else "false"
    return rows.selectExpr(
        "cast(customer_id as string) as customer_id", "try_cast(added_at as timestamp) as added_at", f"{removed} as removed_at",
        f"""filter(array(
            case when trim(coalesce(cast(customer_id as string), '')) = '' then 'customer_id is missing' end,
            case when try_cast(added_at as timestamp) is null then 'added_at is missing or not an instant' end,
            case when {wrong_end} then 'removed_at is not an instant' end), x -> x is not null) as reasons""",
        "to_json(struct(*)) as payload",
    )  # fmt: skip


def find_entries(rows: DataFrame, captured: DataFrame, name: str, taken_at: int) -> DataFrame:
    """Columns of `list_entries` without batch_id. `rows`: list_rows; `captured`: rows of list_entries of this list, of earlier batches.

    An entry that is gone without a word was removed when that was noticed. Of an entry written twice the one that stays longer counts.
    """
    now = rows.where("size(reasons) = 0").groupBy(*KEY).agg(F.expr("if(bool_or(removed_at is null), null, max(removed_at))").alias("removed_at"))
    latest = captured.groupBy(*KEY).agg(F.max_by("removed_at", "batch_id").alias("was_removed_at"), F.lit(True).alias("was_there"))
    both = now.withColumn("is_there", F.lit(True)).join(latest, on=KEY, how="full_outer")
    taken = f"timestamp_micros({taken_at}L)"
    stated = both.withColumn("removed_at", F.expr(f"if(is_there, removed_at, {taken})"))
    is_changed = f"""case
        when was_there is null then true
        when is_there is null then was_removed_at is null or was_removed_at > {taken}
        else not (removed_at <=> was_removed_at) end"""
    return stated.where(is_changed).selectExpr(
        "xxhash64(customer_id) as customer_key", "customer_id", f"{quote(name)} as list", "added_at", "removed_at",
        "if(was_there is null, added_at, least(removed_at, was_removed_at)) as since",
        "xxhash64(to_json(struct(unix_micros(removed_at) as r))) as content_hash",
    )  # fmt: skip
