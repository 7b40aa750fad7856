"""Sequences as SQL: the latest instant at which one was settled, kept by chains of facts."""

from __future__ import annotations

from collections.abc import Sequence

from segmentation.rules import model as m
from segmentation.rules.compile.measures import Chain, ChainStep, Selected
from segmentation.rules.compile.registry import Breakpoint, Registry
from segmentation.rules.compile.selections import select


def sequence_sql(registry: Registry, leaf: m.Sequence) -> str:
    """Settled at s <= at, it holds while at < s + within."""
    selections = [select(registry, step.selection) for step in leaf.steps]
    _add_breakpoints(registry, leaf, selections)
    last = registry.chain(_chain(leaf, selections))
    return f"{last} is not null" if leaf.within is None else f"coalesce({last} > at - {leaf.within}L, false)"


def _add_breakpoints(registry: Registry, leaf: m.Sequence, selections: Sequence[Selected]) -> None:
    """It is settled at a fact, or so long after one; and over when its own window is."""
    frontier: tuple[Breakpoint, ...] = ()
    for step, selected in zip(leaf.steps, selections, strict=True):
        frontier = tuple(point.then(step.within or 0) for point in frontier) if step.negated else (Breakpoint(selected.bit, "occ"),)
    registry.breaks(*frontier)
    if leaf.within is not None:
        registry.breaks(*(point.then(leaf.within) for point in frontier))


def _chain(leaf: m.Sequence, selections: Sequence[Selected]) -> Chain:
    steps = tuple(_chain_step(step, selected) for step, selected in zip(leaf.steps[1:], selections[1:], strict=True))
    withins = (*(step.within for step in leaf.steps[1:]), leaf.within)
    return Chain(selections[0], steps, sum(each or 0 for each in withins) if all(withins) else None)


def _chain_step(step: m.Step, selected: Selected) -> ChainStep:
    if step.negated:
        within = step.within or 0
        return ChainStep(selected, f"near >= t + {within}L", within)
    return ChainStep(selected, "near is not null" if step.within is None else f"near > t - {step.within}L")
