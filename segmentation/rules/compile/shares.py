"""What each segment asks of a compiled rule set: the columns worked out for it, alone or shared, and its breakpoints."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from segmentation.rules import model as m
from segmentation.rules.compile.program import references
from segmentation.rules.compile.registry import Breakpoint, Registry
from segmentation.rules.compile.segments import compile_segments
from segmentation.rules.in_force import InForce
from segmentation.rules.vocabulary import Vocabulary


@dataclass(frozen=True)
class Share:
    """One segment's part. `reads`: its measures, values and leaves (a referenced segment's too); `adds`: those that nobody else reads.

    `lookback`: how far back, in microseconds, answers are worked out anew for `entered` and `for`.
    """

    slug: str
    reads: frozenset[str]
    adds: frozenset[str]
    breakpoints: frozenset[Breakpoint]
    lookback: int


@dataclass(frozen=True)
class Shares:
    """All segments of a rule set. `columns`: every measure, value and leaf by name, with its SQL; `slots`: column -> property path."""

    segments: tuple[Share, ...]
    columns: dict[str, str]
    slots: dict[str, str]


def shares_of(rule_set: m.RuleSet, vocabulary: Vocabulary) -> Shares:
    """The rule set compiled as the decision compiles it, and taken apart by segment."""
    registry = Registry(vocabulary)
    compiled = compile_segments(registry, (InForce(None, rule_set, {}, ""),))
    columns = {column: measure.aggregate for measure, column in registry.measures.items()}
    columns |= dict.fromkeys(registry.chains.values(), "settled")
    columns |= {column: sql for kept in (registry.values, registry.leaves) for sql, column in kept.items()}
    reads = {
        slug: _closure(f"q0_{number}", {**compiled.columns, **columns}) & columns.keys()
        for number, slug in enumerate(compiled.names)
        if slug in compiled.breaks_of
    }
    users = Counter(column for read in reads.values() for column in read)
    segments = tuple(
        Share(slug, read, frozenset(column for column in read if users[column] == 1), compiled.breaks_of[slug], compiled.lookback_of[slug])
        for slug, read in reads.items()
    )
    return Shares(segments, columns, {slot.column: slot.path for slot in registry.slots.values()})


def _closure(start: str, columns: dict[str, str]) -> frozenset[str]:
    """All columns that a column is made of, itself included."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        column = waiting.pop()
        if column not in found:
            found.add(column)
            waiting += references(columns, columns[column])
    return frozenset(found)
