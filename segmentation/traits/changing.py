"""Measures that cannot be kept, put together where one of their facts enters or leaves.

The instants of a group are the leaves of a binary tree. A fact counts along a stretch of them, which is some 2 log n whole branches; what
a branch knows of its facts is worked out once, and an instant puts together what the branches above it know: n log n rows in all.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.bits import FactBit, any_bit
from segmentation.rules.compile.program import Program
from segmentation.rules.compile.registry import Frequency, Measure
from segmentation.traits.inside import CUSTOMER, POINT, count_below, entering, in_sweep, leaving, overlapping, steps_to_halve

BRANCH = (*CUSTOMER, "g", "branch")
Group = tuple[tuple[FactBit, int], list[tuple[str, Measure]]]
"""A bit and a span's number, and the measures over facts with this bit inside this span."""


def measure_changes(swept: DataFrame, program: Program) -> DataFrame:
    """customer_key, customer_id, at, and of each measure that changes there its value and `<measure>_at`; where it does not, nulls.

    swept: customer_key, customer_id, floor, as_of_us, facts.
    """
    groups = _groups(program)
    columns = [_Column(number, column, measure) for number, (_, measures) in enumerate(groups) for column, measure in measures]
    placed = facts = _place(swept, groups)
    for each in columns:
        if each.measure.frequency is not None:
            placed = placed.unionByName(_frequencies(facts, each, each.measure.frequency), allowMissingColumns=True)
    branches = placed.selectExpr("*", f"explode({_branches()}) as branch")
    known = branches.groupBy(*BRANCH).agg(F.expr("collect_list(at)").alias("ats"), *(F.expr(f"{each.known} as {each.name}") for each in columns))
    answers = known.selectExpr(*CUSTOMER, "g", "explode(ats) as at", *(each.name for each in columns))
    return answers.groupBy(*POINT).agg(*(F.expr(sql) for each in columns for sql in each.answer))


def _groups(program: Program) -> list[Group]:
    grouped: dict[tuple[FactBit, int], list[tuple[str, Measure]]] = {}
    for column, measure in program.shaped("changing"):
        grouped.setdefault((measure.selected.bit, program.span_number(measure.selected)), []).append((column, measure))
    return list(grouped.items())


# ---------------------------------------------------------------- where facts and instants stand
def _place(swept: DataFrame, groups: list[Group]) -> DataFrame:
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


def _frequencies(placed: DataFrame, each: _Column, frequency: Frequency) -> DataFrame:
    """In place of facts: along which stretches a value is there, and how often."""
    facts = placed.where(f"g = {each.group} and at is null").selectExpr(*CUSTOMER, "depth", f"{frequency.value} as v", "low", "high")
    counted = overlapping(facts.where("v is not null"), *CUSTOMER, "depth", "v")
    return counted.selectExpr(*CUSTOMER, f"{each.group} as g", "depth", "low", "high", f"{frequency.order} as order_{each.column}")


# ---------------------------------------------------------------- branches
def _branches() -> str:
    """Of an instant, all branches above it; of a fact, the fewest that make up its stretch. The root is 1, its halves 2 and 3."""
    first, end = "shiftright(low + shiftleft(1, depth) + shiftleft(1, b) - 1, b)", "shiftright(high + shiftleft(1, depth), b)"
    sides = f"array(if({first} % 2 = 1 and {first} < {end}, {first}, null), if({end} % 2 = 1 and {first} < {end}, {end} - 1, null))"
    stretch = f"array_compact(flatten(transform(sequence(0, depth), b -> {sides})))"
    return f"if(at is null, {stretch}, transform(sequence(0, depth), b -> shiftright(low + shiftleft(1, depth), b)))"


@dataclass(frozen=True)
class _Column:
    """One measure: what a branch knows, and what an instant makes of it."""

    group: int
    column: str
    measure: Measure

    @property
    def name(self) -> str:
        return f"known_{self.column}"

    @property
    def known(self) -> str:
        """A branch's facts put together."""
        here = f"filter (where g = {self.group} and at is null)"
        edge = self.measure.edge
        if self.measure.frequency is not None:
            return f"min(order_{self.column}) {here}"
        if edge is not None:
            return f"{self._extreme}(if({edge.order} is null, null, struct({edge.order} as o, {edge.value} as v))) {here}"
        return self._newest(f"{self.measure.aggregate} {here}")

    @property
    def answer(self) -> tuple[str, str]:
        """Instants without a fact are there for the empty answer."""
        here = f"filter (where g = {self.group})"
        if self.measure.is_array:
            found = self._newest(f"flatten(collect_list({self.name}) {here})")
            answer = f"array_distinct({found})" if self.measure.aggregate.startswith("collect_set") else found
        else:
            answer = f"({self._extreme}({self.name}) {here}).v"
        return f"{answer} as {self.column}", f"max(at) {here} as {self.column}_at"

    @property
    def _extreme(self) -> str:
        edge = self.measure.edge
        return "max" if edge is not None and edge.function == "max_by" else "min"

    def _newest(self, array: str) -> str:
        """No branch needs to know more facts than count: they are ordered by (occ, id)."""
        newest = self.measure.selected.newest
        return array if newest is None else f"slice(sort_array({array}, false), 1, {newest})"
