"""Medians where a fact enters or leaves, without asking all facts there: the middle is looked for like a word in a dictionary.

Facts are ranked by value once. An instant first learns how many facts count, so which one it wants; then, step by step, in which part of
the ranks that one stands: each part is split in 16, and running sums along the instants say how many count in each. A sort a step.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.measures import Median
from segmentation.rules.compile.program import Program
from segmentation.traits.inside import POINT
from segmentation.traits.placed import group_measures, place

BITS = 4
"""Of a rank, learnt in one step."""
STEPS = 6
"""Enough for 16 million facts of one customer."""
OF_MEASURE = "partition by customer_key, customer_id, c"


def measure_medians(swept: DataFrame, program: Program) -> DataFrame:
    """customer_key, customer_id, at, and of each median that changes there the sum of the two values in the middle, and `<measure>_at`.

    swept: customer_key, customer_id, floor, as_of_us, facts.
    """
    groups = group_measures(program, "median")
    medians = [(number, column, measure.median) for number, (_, measures) in enumerate(groups) for column, measure in measures if measure.median]
    rows = _ask(_rank(place(swept, groups), medians))
    for step in reversed(range(STEPS)):
        rows = _descend(rows, step * BITS)
    values = (f"if(n = 0, null, max(v_{column}) over ({OF_MEASURE}, part)) as v_{column}" for _, column, _ in medians)
    found = rows.selectExpr(*POINT, "c", "n", *values).where("at is not null")
    return found.groupBy(*POINT).agg(*(F.expr(sql) for c, (_, column, median) in enumerate(medians) for sql in _columns(c, column, median)))


def _columns(c: int, column: str, median: Median) -> tuple[str, str]:
    """An odd number of facts has one in the middle: it is there twice."""
    both, twice = (f"cast({sql} as {median.sql_type})" for sql in (f"sum(v_{column})", f"coalesce(sum(if(n % 2 = 1, v_{column}, null)), 0)"))
    return f"{both} + {twice} as {column}", f"max(at) filter (where c = {c}) as {column}_at"


def _rank(placed: DataFrame, medians: list[tuple[int, str, Median]]) -> DataFrame:
    """A row for each median and present value, numbered from the smallest on by `rank`; one for each instant `at`. low, high: as placed."""
    asked = (f"if(g = {group} and (at is not null or {median.value} is not null), {c}, null)" for c, (group, _, median) in enumerate(medians))
    rows = placed.selectExpr("*", f"explode(array_compact(array({', '.join(asked)}))) as c")
    values = [f"if(c = {c}, cast({median.value} as {median.sql_type}), null) as v_{column}" for c, (_, column, median) in enumerate(medians)]
    kept = rows.selectExpr(*POINT, "c", "low", "high", *values)
    order = ", ".join(f"v_{column}" for _, column, _ in medians)
    return kept.selectExpr("*", f"if(at is null, row_number() over ({OF_MEASURE}, at is null order by {order}) - 1, null) as rank")


def _ask(ranked: DataFrame) -> DataFrame:
    """A row wherever a value comes (`turn` 1) or goes (-1); and for each instant one, or two, with `k`: the k-th from below of the n is sought.

    part: the leading bits of the rank as far as they are known.
    """
    turns = "array(struct(low as i, 1L as turn), struct(high as i, -1L as turn))"
    rows = ranked.selectExpr("*", f"inline(if(at is null, {turns}, array(struct(low as i, 0L as turn))))").drop("low", "high")
    counted = rows.selectExpr("*", f"sum(turn) over ({OF_MEASURE} order by i) as n")
    middle = "array_distinct(array((n - 1) div 2, n div 2))"
    return counted.selectExpr("*", "0L as part", f"explode(if(at is null, array(cast(null as bigint)), {middle})) as k")


def _descend(rows: DataFrame, shift: int) -> DataFrame:
    """The next bits of the rank: into that child in which the k-th of those that count stands, as the k-th of the child's own."""
    last = (1 << BITS) - 1
    child = f"shiftright(rank, {shift}) & {last}"
    below = [f"sum(if({child} <= {each}, turn, 0L)) over ({OF_MEASURE}, part order by i) as n{each}" for each in range(last)]
    children = f"if(at is null, {child}, {' + '.join(f'int(n{each} <= k)' for each in range(last))})"
    passed = f"greatest({', '.join(f'if(n{each} <= k, n{each}, 0L)' for each in range(last))})"
    counted = rows.selectExpr("*", *below)
    replaced = {"part": f"part * {1 << BITS} + {children} as part", "k": f"k - {passed} as k"}
    return counted.selectExpr(*(replaced.get(column, column) for column in rows.columns))
