"""Measures that have to be worked out anew where one of their facts enters or leaves, and only there."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.program import Program
from segmentation.rules.compile.registry import FactBit, Measure
from segmentation.traits.inside import POINT, entering, in_sweep, leaving

Group = tuple[tuple[FactBit, int], list[tuple[str, Measure]]]
"""A bit and a span's number, and the measures over facts with this bit inside this span."""


def measure_changes(swept: DataFrame, program: Program) -> DataFrame:
    """customer_key, customer_id, at, and of each measure that changes there its value and `<measure>_at`; where it does not, nulls.

    swept: customer_key, customer_id, floor, as_of_us, facts.
    """
    groups = _groups(program)
    bits = " or ".join(sorted({bit.is_set_in("f") for (bit, _), _ in groups}))
    read = swept.selectExpr("customer_key", "customer_id", "floor", "as_of_us", f"filter(facts, f -> {bits}) as facts")
    instants = ", ".join(f"transform({_instants(bit, span)}, i -> struct({number} as g, i as at))" for number, ((bit, span), _) in enumerate(groups))
    asked = read.selectExpr("customer_key", "customer_id", "facts", f"inline(flatten(array({instants})))")
    counted = " ".join(
        f"when {number} then {bit.is_set_in('f')} and f.e{span} <= at and at < f.l{span}" for number, ((bit, span), _) in enumerate(groups)
    )
    members = asked.selectExpr(*POINT, "g", f"inline_outer(filter(facts, f -> case g {counted} end))")
    return members.groupBy(*POINT).agg(
        *(F.expr(sql) for number, (_, measures) in enumerate(groups) for each in measures for sql in _columns(number, *each))
    )


def _groups(program: Program) -> list[Group]:
    grouped: dict[tuple[FactBit, int], list[tuple[str, Measure]]] = {}
    for column, measure in program.shaped("changing"):
        grouped.setdefault((measure.selected.bit, program.span_number(measure)), []).append((column, measure))
    return list(grouped.items())


def _instants(bit: FactBit, span: int) -> str:
    """Where facts of the group enter or leave."""
    turns = f"array({entering(span, 'f.')}, {leaving(span, 'f.')})"
    return in_sweep(f"flatten(transform(filter(facts, f -> {bit.is_set_in('f')}), f -> {turns}))")


def _columns(group: int, column: str, measure: Measure) -> tuple[str, str]:
    """Rows of a group without a member are there for the empty answer."""
    return (
        f"{measure.aggregate} filter (where g = {group} and occ is not null) as {column}",
        f"max(at) filter (where g = {group}) as {column}_at",
    )
