"""Within a sweep: what a fact's span is, once what lies before the first point is cut off, where instants stand, and how stretches overlap."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

CUSTOMER = ("customer_key", "customer_id")
POINT = (*CUSTOMER, "at")


def entering(span: int, fact: str = "") -> str:
    """The instant at which a fact enters; one that entered before the sweep does so at its first point, `floor`. Null where it had left."""
    enter, leave = f"{fact}e{span}", f"{fact}l{span}"
    return f"if({leave} > floor, if({enter} < floor, floor, {enter}), null)"


def leaving(span: int, fact: str = "") -> str:
    """The instant at which it leaves; null where it had left before."""
    return f"if({fact}l{span} > floor, {fact}l{span}, null)"


def in_sweep(instants: str) -> str:
    """The different instants of an array from the first point up to as_of."""
    return f"filter(array_distinct({instants}), i -> i >= floor and i <= as_of_us)"


def steps_to_halve(array: str) -> str:
    """So many times an array that is not empty can be halved, and once more."""
    return f"(cast(log2(size({array})) as int) + 1)"


def count_below(array: str, instant: str) -> str:
    """How many elements of a sorted array of bigints lie before an instant, by halving it."""
    halving = f"if(get({array}, n + shiftleft(1, b) - 1) < {instant}, n + shiftleft(1, b), n)"
    return f"aggregate(sequence({steps_to_halve(array)}, 0, -1), 0, (n, b) -> {halving})"


def overlapping(stretches: DataFrame, *keys: str) -> DataFrame:
    """Columns `keys`, low, high, n: along [low, high) there are n, at least one, of the rows' own [low, high)."""
    turns = stretches.selectExpr(*keys, "inline(array(struct(low as low, 1L as turn), struct(high as low, -1L as turn)))")
    summed = turns.groupBy(*keys, "low").agg(F.expr("sum(turn) as turn")).where("turn != 0")
    along = f"over (partition by {', '.join(keys)} order by low)"
    return summed.selectExpr(*keys, "low", f"lead(low) {along} as high", f"sum(turn) {along} as n").where("n > 0")
