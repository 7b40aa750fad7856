"""Measures that need no second look: each fact adds what it adds when it enters, and takes it off when it leaves."""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import DataFrame

from segmentation.rules.compile.measures import Measure
from segmentation.rules.compile.program import Program
from segmentation.rules.facts import CAUSES
from segmentation.traits.inside import CUSTOMER, POINT, entering, in_sweep, leaving

LIST = CAUSES.index("list")


def find_turns(swept: DataFrame, program: Program) -> DataFrame:
    """One row for each fact and instant of the sweep at which it begins, enters a span or leaves one.

    swept: customer_key, customer_id, floor (the first point), as_of_us, facts. Yields at, cause (of what begins there), the fact's columns,
    and g0..: 1 where it enters the span, -1 where it leaves it. What entered before the sweep enters at its first point.
    """
    spans = range(len(program.spans))
    facts = swept.selectExpr(*CUSTOMER, "floor", "as_of_us", "inline(facts)")
    bounds = {f"e{n}": entering(n) for n in spans} | {f"l{n}": leaving(n) for n in spans}
    inside = facts.selectExpr(*(f"{bounds.get(column, column)} as {column}" for column in facts.columns))
    instants = f"array(begin, if(cause = {LIST}, until, null), {', '.join(f'{side}{n}' for n in spans for side in 'el')})"
    turns = inside.selectExpr("*", f"explode({in_sweep(instants)}) as at")
    named = f"case when begin = at then cause when cause = {LIST} and until = at then cause end as cause"
    signs = (f"case when at = e{n} then 1 when at = l{n} then -1 end as g{n}" for n in spans)
    values = (
        "occ",
        "place",
        "position",
        "id",
        *(f"m{word}" for word in range(program.words)),
        *(slot.column for slot in program.slots),
        *dict(program.pasts),
    )
    return turns.selectExpr(*POINT, named, *values, *(f"l{n}" for n in spans), *signs)


def kept_measures(program: Program) -> Iterator[tuple[str, str, str]]:
    """Column, the aggregate over all turns so far, and what it says at the point."""
    for column, measure in program.shaped("total", "edge"):
        shape = _total if measure.shape == "total" else _edge
        yield column, *shape(column, measure, program.span_number(measure.selected))


def _total(column: str, measure: Measure, span: int) -> tuple[str, str]:
    each = f"({measure.each})"
    signed = f"g{span}" if measure.each == "1L" else f"case g{span} when 1 then {each} when -1 then -{each} end"
    return f"sum(if({measure.selected.bit.is_set}, {signed}, null))", f"coalesce({column}, 0L)" if measure.counts else column


def _edge(column: str, measure: Measure, span: int) -> tuple[str, str]:
    edge = measure.edge
    assert edge is not None
    value = f"struct({edge.value} as v, l{span} as l)" if measure.expires else edge.value
    entered = f"if({measure.selected.bit.is_set} and g{span} = 1, {edge.order}, null)"
    return f"{edge.function}({value}, {entered})", f"if({column}.l > at, {column}.v, null)" if measure.expires else column
