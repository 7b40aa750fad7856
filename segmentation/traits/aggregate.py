"""Every measure that any rule needs, at every point: kept up to date along the sweep as facts enter and leave, linear in both."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame

from segmentation.rules.compile.program import Program
from segmentation.rules.compile.sql import valid_zone
from segmentation.rules.facts import CAUSES
from segmentation.traits.changing import measure_changes
from segmentation.traits.inside import CUSTOMER
from segmentation.traits.kept import find_turns, kept_measures
from segmentation.traits.medians import measure_medians
from segmentation.traits.sequences import measure_sequences

SO_FAR = "over (partition by customer_key, customer_id order by at)"
"""Up to the point, everything at its instant included."""
TIME = CAUSES.index("time")
DEFINITION = CAUSES.index("definition")


def measure_points(customers: DataFrame, program: Program) -> DataFrame:
    """One row a point: customer_key, customer_id, at, from_us, cause_number, measures a0.., chains b0.. and, where rules need it, zone.

    customers: as timeline.points yields them. Points without a live fact stay: counts of 0 are answers.
    """
    swept = customers.where("size(points) > 0").selectExpr(*CUSTOMER, "from_us", "as_of_us", "facts", "points", "array_min(points) as floor")
    points = swept.selectExpr(*CUSTOMER, "from_us", "true as is_point", "explode(points) as at")
    parts = [points, find_turns(swept, program)]
    parts += [measure_changes(swept, program)] if program.shaped("changing") else []
    parts += [measure_medians(swept, program)] if program.shaped("median") else []
    parts += [measure_sequences(swept, program)] if program.chains else []
    rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
    kept = [*kept_measures(program), *_worked_out(program)]
    summed = rows.selectExpr(
        *CUSTOMER, "at", "from_us", "is_point",
        f"max(if(cause is null, null, struct(at as at, -cause as cause))) {SO_FAR} as begun",
        *(f"{sql} {SO_FAR} as {column}" for column, sql, _ in kept),
    )  # fmt: skip
    zone = [f"{valid_zone(_final(program, kept), program.default_zone)} as zone"] if program.uses_zone else []
    columns = (f"{final} as {column}" for column, _, final in kept)
    return summed.where("is_point").selectExpr(*CUSTOMER, "at", "from_us", f"{_cause(program)} as cause_number", *zone, *columns)


def _worked_out(program: Program) -> list[tuple[str, str, str]]:
    """The newest answer of what is not kept but worked out where it can change; over no fact, an array is empty."""
    measures = [(column, f"coalesce({column}, array())" if each.is_array else column) for column, each in program.shaped("changing", "median")]
    chains = [(column, column) for column, _ in program.chains]
    return [(column, f"max_by({column}, {column}_at)", final) for column, final in (*measures, *chains)]


def _final(program: Program, kept: list[tuple[str, str, str]]) -> str:
    return next(final for column, _, final in kept if column == program.zone_measure)


def _cause(program: Program) -> str:
    """The kind of what begins at the instant (a list entry's removal is a statement of that list), else time."""
    cause = f"if(begun.at = at, -begun.cause, {TIME})"
    if not program.boundaries:
        return cause
    return f"if(at in ({', '.join(f'{boundary}L' for boundary in program.boundaries)}), {DEFINITION}, {cause})"
