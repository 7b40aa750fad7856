"""Which instants each touched customer is asked at, and when to look again."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.program import Program
from segmentation.rules.compile.sql import quote, valid_zone
from segmentation.timeline.breakpoints import customer_breakpoints, fact_breakpoints
from segmentation.timeline.sources import CAUSE_NUMBER
from segmentation.timeline.spans import add_spans, setting_of

CUSTOMER = ["customer_key", "customer_id", "from_us", "start_us", "as_of_us"]
SCORE_NUMBER = CAUSE_NUMBER["score"]


def sweep_bounds(touched: DataFrame, lookback: int, history_since: int | None) -> DataFrame:
    """from_us not before the history begins; start_us early enough for rules that remember other segments' entries.

    touched: customer_key, customer_id, from_us, as_of_us. Adds start_us.
    """
    floor = "from_us" if history_since is None else f"greatest(from_us, {history_since}L)"
    start = f"({floor} - {lookback + 2}L)" if lookback else floor
    return touched.selectExpr("customer_key", "customer_id", f"{floor} as from_us", f"{start} as start_us", "as_of_us")


def fact_columns(program: Program) -> list[str]:
    """What a point needs of each fact. Kinds that share an id are told apart by their names, so that (occ, id) is a total order."""
    return [
        "occ", "begin", "until", "cause", "concat(id, char(0), kind) as id", "place", "position",
        *(f"m{word}" for word in range(program.words)), *(column for _, column in program.matches), *(slot.column for slot in program.slots),
        *(column for column, _ in program.pasts),
        *(f"{side}{number}" for number in range(len(program.spans)) for side in "el"),
    ]  # fmt: skip


def collect_customers(timelines: DataFrame, program: Program, history_since: int | None = None) -> DataFrame:
    """One row a customer: facts (array of structs), points (array of bigint), due_us (next breakpoint after as_of, or null).

    Facts that count nowhere in the sweep stay only where they begin inside it: they may name the cause of what happens at that instant.
    """
    is_read = " or ".join([*(f"l{number} >= start_us" for number in range(len(program.spans))), "begin >= start_us"])
    own = add_spans(timelines.selectExpr("*", f"filter({fact_breakpoints(program)}, b -> b >= start_us) as breaks"), program)
    collected = own.groupBy(*CUSTOMER).agg(
        F.expr(f"min(begin) filter (where cause != {SCORE_NUMBER})").alias("exist"),
        F.expr(f"collect_list(struct({', '.join(fact_columns(program))})) filter (where {is_read})").alias("facts"),
        F.expr("array_distinct(flatten(collect_list(breaks)))").alias("own"),
        *_zones(program),
    )
    every = collected.selectExpr("*", f"array_distinct(concat(own, {customer_breakpoints(program)})) as breaks")
    return every.selectExpr(
        *CUSTOMER, "facts", f"{_points(program, history_since)} as points", "array_min(filter(breaks, b -> b > as_of_us and b >= exist)) as due_us"
    )


def _zones(program: Program) -> list[Column]:
    """All zones the customer has had, the settings' among them."""
    if not program.uses_zone:
        return []
    bit, slot = setting_of(program, "time_zone")
    had = f"collect_set({valid_zone(slot.column, program.default_zone)}) filter (where {bit.is_set})"
    return [F.expr(f"array_union(array({quote(program.default_zone)}), {had})").alias("zones")]


def _points(program: Program, history_since: int | None) -> str:
    """Every breakpoint of the sweep, and the baseline just before it; at the start of history there is nothing before."""
    inside = "filter(breaks, b -> b is not null and b >= start_us and b <= as_of_us and b >= exist)"
    baseline = "if(exist <= from_us - 1, array(from_us - 1), cast(array() as array<bigint>))"
    if history_since is not None:
        start = f"if(exist <= {history_since}L, array({history_since}L), cast(array() as array<bigint>))"
        baseline = f"if(from_us = {history_since}L, {start}, {baseline})"
    parts = [inside, baseline]
    if program.lookback:
        parts.append("if(exist <= start_us, array(start_us), cast(array() as array<bigint>))")
    return f"array_distinct(concat({', '.join(parts)}))"
