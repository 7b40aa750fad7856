"""Facts among the instants at which those of their group enter or leave: where each stands, and along which of them a fact counts."""

from __future__ import annotations

from pyspark.sql import DataFrame

from segmentation.rules.compile.bits import FactBit, any_bit
from segmentation.rules.compile.measures import Measure
from segmentation.rules.compile.program import Program
from segmentation.traits.inside import CUSTOMER, count_below, entering, in_sweep, leaving, steps_to_halve

Group = tuple[tuple[FactBit, int], list[tuple[str, Measure]]]
"""A bit and a span's number, and the measures over facts with this bit inside this span."""


def group_measures(program: Program, *shapes: str) -> list[Group]:
    """The measures of some shapes, by what facts they read."""
    grouped: dict[tuple[FactBit, int], list[tuple[str, Measure]]] = {}
    for column, measure in program.shaped(*shapes):
        grouped.setdefault((measure.selected.bit, program.span_number(measure.selected)), []).append((column, measure))
    return list(grouped.items())


def place(swept: DataFrame, groups: list[Group]) -> DataFrame:
    """A row for each fact of a group, with the stretch [low, high) of the group's instants along which it counts; one for each instant `at`.

    customer_key, customer_id, g, depth (of the tree), low, high, at (null for facts), and the fact's columns (null for instants).
    """
    read = swept.selectExpr(*CUSTOMER, "floor", "as_of_us", f"filter(facts, f -> {any_bit(bit for (bit, _), _ in groups)}) as facts")
    each = ", ".join(f"struct({number} as g, array_sort({_instants(bit, span)}) as ats)" for number, ((bit, span), _) in enumerate(groups))
    grouped = read.selectExpr(*CUSTOMER, "facts", f"inline(array({each}))").where("size(ats) > 0")
    enter, leave = (" ".join(f"when {number} then f.{side}{span}" for number, ((_, span), _) in enumerate(groups)) for side in "el")
    counts = " ".join(f"when {number} then {bit.is_set_in('f')} and f.e{span} is not null" for number, ((bit, span), _) in enumerate(groups))
    stretch = f"{count_below('ats', f'case g {enter} end')} as low, {count_below('ats', f'case g {leave} end')} as high"
    facts = f"transform(filter(facts, f -> case g {counts} end), f -> struct({stretch}, cast(null as bigint) as at, f as fact))"
    instants = "transform(ats, (at, i) -> struct(i as low, i + 1 as high, at as at, get(facts, -1) as fact))"
    placed = grouped.selectExpr(*CUSTOMER, "g", f"{steps_to_halve('ats')} as depth", f"inline(concat({facts}, {instants}))")
    return placed.selectExpr(*CUSTOMER, "g", "depth", "low", "high", "at", "fact.*").where("low < high")


def _instants(bit: FactBit, span: int) -> str:
    """Where facts of the group enter or leave."""
    turns = f"array({entering(span, 'f.')}, {leaving(span, 'f.')})"
    return in_sweep(f"flatten(transform(filter(facts, f -> {bit.is_set_in('f')}), f -> {turns}))")
