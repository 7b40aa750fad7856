"""Measures whose facts are chosen by the point itself (a customer's own zone, a property compared with the instant): all facts at each point."""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.bits import any_bit
from segmentation.rules.compile.program import Program
from segmentation.rules.compile.sql import valid_zone
from segmentation.rules.compile.values import place_rank
from segmentation.traits.inside import CUSTOMER, POINT


def measure_moving(swept: DataFrame, program: Program) -> DataFrame:
    """customer_key, customer_id, at, and each measure with `<measure>_at`, which is `at`: one row a point.

    swept: customer_key, customer_id, facts, points.
    """
    points = swept.selectExpr(*CUSTOMER, "facts", "explode(points) as at")
    if program.uses_zone:
        points = points.selectExpr("*", f"{_zone_at(program)} as zone")
    points = points.selectExpr("*", *(f"{sql} as {column}" for column, sql in program.point_columns))
    extra = [*(["zone"] if program.uses_zone else []), *(column for column, _ in program.point_columns)]
    asked = points.selectExpr(*POINT, *extra, f"inline_outer(filter(facts, f -> {_is_read(program)}))")
    return asked.groupBy(*POINT).agg(*map(F.expr, _columns(program)))


def _is_read(program: Program) -> str:
    return any_bit(measure.selected.bit for _, measure in program.shaped("moving"))


def _columns(program: Program) -> Iterator[str]:
    for column, measure in program.shaped("moving"):
        span, selected = program.span_number(measure.selected), measure.selected
        counts = f"{selected.bit.is_set} and e{span} <= at and at < l{span} and {selected.moving}"
        yield f"{measure.aggregate} filter (where {counts}) as {column}"
        yield f"max(at) as {column}_at"


def _zone_at(program: Program) -> str:
    """The zone attribute at the point, needed before anything is aggregated."""
    bit, slot = next((bit, slot) for name, bit, slot in program.attributes if name == "time_zone")
    said = f"filter(facts, f -> {bit.is_set_in('f')} and f.occ <= at)"
    place = place_rank(program.places, "time_zone", "f.place")
    latest = f"array_max(transform({said}, f -> struct(f.occ, {place} as place, f.position, f.id, f.{slot.column} as zone))).zone"
    return valid_zone(latest, program.default_zone)
