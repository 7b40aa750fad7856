"""Who has to be looked at, and since when: new rows, due customers, everybody under a new definition."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

SINCE = {
    "events": "unix_micros(occurred_at)",
    "list_entries": "unix_micros(since)",
    "scores": "unix_micros(published_at)",
}
"""The first instant whose answers a row can change; that of a captured version is its valid_from."""

CUSTOMER = ("customer_key", "customer_id")
WHOLE = "true as is_whole"
"""To be asked about every segment."""


def new_facts(new_rows: Mapping[str, DataFrame]) -> DataFrame | None:
    """customer_key, customer_id, since_us, is_whole, is_ahead (dated after its own arrival) of every new row; None where no table has any."""
    parts = []
    for table, rows in new_rows.items():
        is_ahead = "coalesce(occurred_at > received_at, false)" if table == "events" else "false"
        parts.append(rows.selectExpr(*CUSTOMER, f"{SINCE.get(table, 'unix_micros(valid_from)')} as since_us", WHOLE, f"{is_ahead} as is_ahead"))
    return reduce(DataFrame.unionByName, parts) if parts else None


def due_customers(due: DataFrame) -> DataFrame:
    """Those whose answers may have changed by themselves: `since_us` is null. due: rows with due_at in (previous as_of, as_of]."""
    return due.selectExpr(*CUSTOMER, "cast(null as bigint) as since_us", WHOLE)


def everybody(frames: Mapping[str, DataFrame], since: int, *, is_whole: bool = True) -> DataFrame:
    """Every customer there is, from an instant on; not whole: only to be asked about segments whose definitions changed."""
    parts = [frame.selectExpr(*CUSTOMER) for frame in frames.values()]
    return reduce(DataFrame.unionByName, parts).distinct().selectExpr(*CUSTOMER, f"{since}L as since_us", f"{str(is_whole).lower()} as is_whole")


def moved_at(ledger: DataFrame, instants: Collection[int]) -> DataFrame:
    """Those of whom something changed at one of the instants."""
    moved = ledger.where(f"unix_micros(effective_at) in ({', '.join(f'{instant}L' for instant in sorted(instants))})")
    return moved.selectExpr(*CUSTOMER, "unix_micros(effective_at) as since_us", WHOLE)


def find_touched(parts: list[DataFrame], previous_as_of: int | None, as_of: int) -> DataFrame:
    """One row a customer, asked from the earliest instant whose answers may differ: customer_key, customer_id, from_us, as_of_us, is_whole, is_due.

    That is the instant after the previous as_of, or the `since` of a late row (equality included). is_whole: about every segment, and not
    only those whose definitions changed. is_due: answers may have changed by themselves. parts: customer_key, customer_id, since_us, is_whole.
    """
    reasons = reduce(DataFrame.unionByName, [part.select(*CUSTOMER, "since_us", "is_whole") for part in parts])
    why = {"since_us": "min(since_us)", "is_whole": "bool_or(is_whole)", "is_due": "bool_or(since_us is null)"}
    earliest = reasons.groupBy(*CUSTOMER).agg(*(F.expr(sql).alias(name) for name, sql in why.items()))
    start = "since_us" if previous_as_of is None else f"least(since_us, {previous_as_of + 1}L)"
    return earliest.selectExpr(*CUSTOMER, f"{start} as from_us", f"{as_of}L as as_of_us", "is_whole", "is_due")
