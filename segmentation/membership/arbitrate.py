"""From measures to the state of a point: values, leaves, rules and priority windows, level by level."""

from __future__ import annotations

from pyspark.sql import DataFrame

from segmentation.rules.compile.program import Program


def decide_states(points: DataFrame, program: Program) -> DataFrame:
    """customer_key, customer_id, at, from_us, cause_number, state (array of bigint codes, see Program).

    Each level is one projection over the columns of earlier levels, so that no expression is copied into what refers to it.
    """
    for level in program.levels:
        points = points.selectExpr("*", *(f"{sql} as {column}" for column, sql in level))
    return points.select("customer_key", "customer_id", "at", "from_us", "cause_number", "state")
