"""The trait functions over the facts of one kind: each a line over the selected facts or their present values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.facts import Fact
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.decimals import exact_sum, fit, median, quotient
from segmentation.rules.interpret.evaluation import works_out
from segmentation.rules.interpret.selections import property_at, select
from segmentation.rules.types import Type


def _sum(values: list[Any], kind: Type) -> Any:
    return fit(exact_sum(values), kind)


def _average(values: list[Any], _: Type) -> Any:
    return quotient(exact_sum(values), len(values))


def _most_frequent(values: list[Any], _: Type) -> Any:
    """The value that most facts have; of those that come equally often the smallest."""
    return min(Counter(values).items(), key=lambda counted: (-counted[1], counted[0]), default=(None, 0))[0]


OVER_FACTS: dict[str, Callable[[list[Fact], str], Any]] = {
    "count": lambda facts, _: len(facts),
    "earliest": lambda facts, _: facts[0].occurred_at if facts else None,
    "latest": lambda facts, _: facts[-1].occurred_at if facts else None,
    "first": lambda facts, path: property_at(facts[0].properties, path) if facts else None,
    "last": lambda facts, path: property_at(facts[-1].properties, path) if facts else None,
}

OVER_VALUES: dict[str, Callable[[list[Any], Type], Any]] = {
    "sum": _sum,
    "average": _average,
    "minimum": lambda values, _: min(values, default=None),
    "maximum": lambda values, _: max(values, default=None),
    "median": lambda values, _: median(values) if values else None,
    "distinct": lambda values, _: len(set(values)),
    "most_frequent": _most_frequent,
    "values": lambda values, _: tuple(sorted(set(values))),
}
"""Functions over the present values, and the type of the answer."""


@works_out(m.Aggregate)
def _aggregate(aggregate: m.Aggregate, point: Point) -> Any:
    facts = select(aggregate.selection, point)
    if aggregate.function in OVER_FACTS:
        return OVER_FACTS[aggregate.function](facts, aggregate.path or "")
    values = [property_at(fact.properties, aggregate.path or "") for fact in facts]
    return OVER_VALUES[aggregate.function]([value for value in values if value is not None], aggregate.type)
