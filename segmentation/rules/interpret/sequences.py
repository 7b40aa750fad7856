"""Sequences: some choice of facts, each strictly later than the one before, with silences that are settled when they end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from segmentation.rules import model as m
from segmentation.rules.facts import Fact
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.evaluation import answers
from segmentation.rules.interpret.selections import select


def settlements(sequence: m.Sequence, point: Point) -> list[m.Micros]:
    """Every instant at or before `at` at which some choice of facts completes the sequence."""
    reached: list[m.Micros] | None = None
    for step in sequence.steps:
        instants = [fact.occurred_at for fact in select(step.selection, point)]
        if reached is None:
            reached = instants
        elif step.negated:
            reached = _silent(reached, instants, step.within or 0, point.at)
        else:
            reached = _followed(reached, instants, step.within)
    return reached or []


def _followed(reached: list[m.Micros], instants: list[m.Micros], within: m.Micros | None) -> list[m.Micros]:
    """The instants that lie strictly after a point reached, and less than `within` after it: the nearest point before decides."""
    kept = []
    for instant in instants:
        before = bisect_left(reached, instant)
        if before and (within is None or instant < reached[before - 1] + within):
            kept.append(instant)
    return kept


def _silent(reached: list[m.Micros], instants: list[m.Micros], within: m.Micros, at: m.Micros) -> list[m.Micros]:
    """The ends of the silences that have passed: no instant strictly between the point reached and its end."""
    return [end for start in reached if (end := start + within) <= at and bisect_right(instants, start) == bisect_left(instants, end)]


def witness(sequence: m.Sequence, point: Point) -> tuple[Fact, ...]:
    """The facts of the choice that completes the sequence last, in their order; none where no choice does."""
    chains: dict[m.Micros, tuple[Fact, ...]] = {}
    for index, step in enumerate(sequence.steps):
        facts = select(step.selection, point)
        if index == 0:
            chains = {fact.occurred_at: (fact,) for fact in facts}
        elif step.negated:
            ends = _silent(list(chains), [fact.occurred_at for fact in facts], step.within or 0, point.at)
            chains = {end: chains[end - (step.within or 0)] for end in ends}
        else:
            chains = _followed_by(chains, facts, step.within)
    return chains[max(chains)] if chains else ()


def _followed_by(chains: dict[m.Micros, tuple[Fact, ...]], facts: list[Fact], within: m.Micros | None) -> dict[m.Micros, tuple[Fact, ...]]:
    reached = list(chains)
    kept = set(_followed(reached, [fact.occurred_at for fact in facts], within))
    return {fact.occurred_at: (*chains[reached[bisect_left(reached, fact.occurred_at) - 1]], fact) for fact in facts if fact.occurred_at in kept}


@answers(m.Sequence)
def _sequence(sequence: m.Sequence, point: Point) -> bool:
    return any(sequence.within is None or point.at < settled + sequence.within for settled in settlements(sequence, point))
