"""Every point asks all facts of its customer at once: one conditional aggregate for each measure that any rule needs."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.program import Program
from segmentation.rules.compile.sql import quote
from segmentation.rules.compile.values import place_rank
from segmentation.rules.facts import CAUSES

POINT = ["customer_key", "customer_id", "from_us", "at"]
TIME = CAUSES.index("time")
LIST = CAUSES.index("list")
DEFINITION = CAUSES.index("definition")


def measure_points(customers: DataFrame, program: Program) -> DataFrame:
    """One row a point: customer_key, customer_id, at, from_us, cause_number, measures a0.. and, where rules need it, zone.

    customers: as timeline.points yields them. Points without a live fact stay: counts of 0 are answers.
    """
    points = customers.selectExpr("customer_key", "customer_id", "from_us", "facts", "explode(points) as at")
    if program.uses_zone:
        points = points.selectExpr("*", f"{_zone_at(program)} as zone")
    extra = [*(["zone"] if program.uses_zone else []), *(column for column, _ in program.point_columns)]
    points = points.selectExpr("*", *(f"{sql} as {column}" for column, sql in program.point_columns))
    asked = points.selectExpr(*POINT, *extra, "inline_outer(facts)")
    words = {f"m{word}" for word in range(program.words)}
    live = asked.selectExpr(*(f"if(begin <= at and at < until, {c}, 0L) as {c}" if c in words else c for c in asked.columns))
    return live.groupBy("customer_key", "customer_id", "at").agg(
        F.min("from_us").alias("from_us"),
        F.expr(_cause(program)).alias("cause_number"),
        *([F.expr("any_value(zone)").alias("zone")] if program.uses_zone else []),
        *(F.expr(sql).alias(column) for column, sql in program.measures),
    )


def _zone_at(program: Program) -> str:
    """The zone attribute at the point, needed before anything is aggregated."""
    bit = next(bit for name, bit, _ in program.attributes if name == "time_zone")
    said = f"filter(facts, f -> (f.{bit.word} & {bit.mask}L) != 0 and f.occ <= at)"
    place = place_rank(program.places, "time_zone", "f.place")
    latest = f"array_max(transform({said}, f -> struct(f.occ, {place} as place, f.position, f.id, f.zone_name as zone))).zone"
    return f"coalesce({latest}, {quote(program.default_zone)})"


def _cause(program: Program) -> str:
    """The kind of what begins at the instant (a list entry's removal is a statement of that list), else time."""
    begins = f"case when begin = at then cause when cause = {LIST} and until = at then cause end"
    cause = f"coalesce(min({begins}), {TIME})"
    if not program.boundaries:
        return cause
    return f"if(at in ({', '.join(f'{boundary}L' for boundary in program.boundaries)}), {DEFINITION}, {cause})"
