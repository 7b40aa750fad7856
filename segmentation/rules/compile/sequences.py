"""Sequences as SQL: the instants at which each prefix is settled, step by step, as sorted arrays of the point."""

from __future__ import annotations

from segmentation.rules import model as m
from segmentation.rules.compile.registry import Breakpoint, Registry
from segmentation.rules.compile.selections import select


def sequence_sql(registry: Registry, leaf: m.Sequence) -> str:
    """Settled at s <= at, it holds while at < s + within."""
    settled = ""
    frontier: tuple[Breakpoint, ...] = ()
    for step in leaf.steps:
        selected = select(registry, step.selection)
        times = registry.value(f"sort_array({registry.measure(selected, 'collect_set(occ)')})")
        if step.negated:
            settled = registry.value(_waited(settled, times, step.within or 0))
            frontier = tuple(point.then(step.within or 0) for point in frontier)
        else:
            settled = times if not settled else registry.value(_followed(settled, times, step.within))
            frontier = (Breakpoint(selected.bit, "occ"),)
    registry.breaks(*frontier)
    last = f"array_max(filter({settled}, s -> s <= at))"
    if leaf.within is None:
        return f"{last} is not null"
    registry.breaks(*(point.then(leaf.within) for point in frontier))
    return f"coalesce({last} > at - {leaf.within}L, false)"


def _followed(before: str, times: str, within: int | None) -> str:
    """Facts strictly after a settled prefix, and strictly inside its window."""
    if within is None:
        return f"filter({times}, t -> t > array_min({before}))"
    return f"filter({times}, t -> exists({before}, p -> p < t and t < p + {within}L))"


def _waited(before: str, times: str, within: int) -> str:
    """p + W where no such fact lies strictly between."""
    silent = f"filter({before}, p -> not exists({times}, t -> t > p and t < p + {within}L))"
    return f"transform({silent}, p -> p + {within}L)"
