"""Measures that cannot be kept, put together where one of their facts enters or leaves.

The instants of a group are the leaves of a binary tree. A fact counts along a stretch of them, which is some 2 log n whole branches; what
a branch knows of its facts is worked out once, and an instant puts together what the branches above it know: n log n rows in all.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.measures import Frequency, Measure
from segmentation.rules.compile.program import Program
from segmentation.traits.inside import CUSTOMER, POINT, overlapping
from segmentation.traits.placed import group_measures, place

BRANCH = (*CUSTOMER, "g", "branch")


def measure_changes(swept: DataFrame, program: Program) -> DataFrame:
    """customer_key, customer_id, at, and of each measure that changes there its value and `<measure>_at`; where it does not, nulls.

    swept: customer_key, customer_id, floor, as_of_us, facts.
    """
    groups = group_measures(program, "changing")
    columns = [_Column(number, column, measure) for number, (_, measures) in enumerate(groups) for column, measure in measures]
    placed = facts = place(swept, groups)
    for each in columns:
        if each.measure.frequency is not None:
            placed = placed.unionByName(_frequencies(facts, each, each.measure.frequency), allowMissingColumns=True)
    branches = placed.selectExpr("*", f"explode({_branches()}) as branch")
    known = branches.groupBy(*BRANCH).agg(F.expr("collect_list(at)").alias("ats"), *(F.expr(f"{each.known} as {each.name}") for each in columns))
    answers = known.selectExpr(*CUSTOMER, "g", "explode(ats) as at", *(each.name for each in columns))
    return answers.groupBy(*POINT).agg(*(F.expr(sql) for each in columns for sql in each.answer))


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
        array, extreme = f"flatten(collect_list({self.name}) {here})", f"({self._extreme}({self.name}) {here}).v"
        answer = self._newest(array) if self.measure.is_array else extreme
        return f"{answer} as {self.column}", f"max(at) {here} as {self.column}_at"

    @property
    def _extreme(self) -> str:
        edge = self.measure.edge
        return "max" if edge is not None and edge.function == "max_by" else "min"

    def _newest(self, array: str) -> str:
        """No branch needs to know more facts than count: they are ordered by (occ, id)."""
        newest = self.measure.selected.newest
        return array if newest is None else f"slice(sort_array({array}, false), 1, {newest})"
