"""The one decision: facts of touched customers, an interval and the definitions in force give transitions and due times.

Batch, stream, backfill, repair, forecast and proofs all call this with other arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame

from segmentation.membership.arbitrate import decide_states
from segmentation.membership.transitions import find_transitions
from segmentation.rules.compile import Program
from segmentation.rules.vocabulary import Vocabulary
from segmentation.timeline.assemble import assemble_timelines
from segmentation.timeline.points import collect_customers, sweep_bounds
from segmentation.traits.aggregate import measure_points


@dataclass(frozen=True)
class Decision:
    """customers: one row a touched customer (points, due_us). transitions: see find_transitions. Both are read from what is `cached`."""

    customers: DataFrame
    transitions: DataFrame
    cached: tuple[DataFrame, ...]

    @property
    def due(self) -> DataFrame:
        """customer_key, customer_id, due_at: when an answer may change by itself next."""
        return self.customers.where("due_us is not null").selectExpr("customer_key", "customer_id", "timestamp_micros(due_us) as due_at")

    def release(self) -> None:
        """Nothing will be read from it any more."""
        for frame in self.cached:
            frame.unpersist()


def decide(
    frames: Mapping[str, DataFrame], touched: DataFrame, program: Program, vocabulary: Vocabulary, history_since: int | None = None
) -> Decision:
    """Sweep every touched customer from `from_us` to `as_of_us`.

    frames: lake table -> rows, pinned to the versions of the plan. touched: customer_key, customer_id, from_us, as_of_us, one row a
    customer, in microseconds. The result depends on nothing else.
    """
    bounds = sweep_bounds(touched, program.lookback, history_since)
    timelines = assemble_timelines(frames, bounds, program, vocabulary)
    customers = collect_customers(timelines, program, history_since).persist()
    states = decide_states(measure_points(customers, program), program)
    return Decision(customers, find_transitions(states, program, history_since), (customers,))


def together(one: Decision, other: Decision) -> Decision:
    """Two decisions about different customers as one."""
    columns = ("customer_key", "customer_id", "points", "due_us")
    customers = one.customers.select(*columns).unionByName(other.customers.select(*columns))
    return Decision(customers, one.transitions.unionByName(other.transitions), one.cached + other.cached)
