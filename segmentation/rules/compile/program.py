"""A program: everything the stages of a decision need, as text, compiled once for the definitions in force over a sweep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from segmentation.rules.compile.bits import FactBit
from segmentation.rules.compile.measures import Chain, Measure, Selected, Span
from segmentation.rules.compile.registry import Breakpoint, Past, Registry, Slot
from segmentation.rules.compile.segments import compile_segments
from segmentation.rules.compile.sql import CUSTOMER_ZONE, mentions_zone
from segmentation.rules.compile.values import attribute_sql
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Match
from segmentation.rules.types import STRING
from segmentation.rules.vocabulary import Vocabulary

Level = tuple[tuple[str, str], ...]
"""(column, SQL) pairs that depend on earlier levels only: one projection."""

_LITERALS = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_NAMES = re.compile(r"\b[abtcqQxwhlg]\d+(?:_\w+)?\b")


@dataclass(frozen=True)
class Program:
    """Texts over the columns of each stage.

    Fact rows carry m0.. (bits), k0.. (instant of the match), s0.. (slots), r0.. (what settings of attributes replace), e0.. and l0.. (spans);
    points carry `zone`; measures are a0.., chains b0.., values t0.., leaves c0.., rules q<set>_<segment>. The last level ends with `state`,
    an array of bigint codes: segment << 32 | 0 for active, or the winner's number + 1 for outranked. `names` gives a segment its number.
    """

    bits: tuple[FactBit, ...]
    words: int
    slots: tuple[Slot, ...]
    matches: tuple[tuple[Match, str], ...]
    attributes: tuple[tuple[str, FactBit, Slot], ...]
    pasts: tuple[tuple[str, Past], ...]
    zone_measure: str | None
    """The measure with the customer's own time zone, where any rule asks for it."""
    spans: tuple[tuple[Span, tuple[FactBit, ...]], ...]
    """By number: e0, l0.. of a fact with one of the bits are the instants between which it counts."""
    measures: tuple[tuple[str, Measure], ...]
    chains: tuple[tuple[str, Chain], ...]
    levels: tuple[Level, ...]
    names: tuple[str, ...]
    definitions: tuple[tuple[int | None, tuple[str | None, ...]], ...]
    """From which instant on which definition (slug@version) decides each segment."""
    breakpoints: tuple[Breakpoint, ...]
    boundaries: tuple[int, ...]
    lookback: int
    default_zone: str
    places: Mapping[str, tuple[str, ...]]
    """Kinds that set an attribute, in order of declaration."""

    @property
    def uses_zone(self) -> bool:
        return self.zone_measure is not None

    def shaped(self, *shapes: str) -> tuple[tuple[str, Measure], ...]:
        """The measures of some shapes, in order."""
        return tuple((column, measure) for column, measure in self.measures if measure.shape in shapes)

    def span_number(self, selected: Selected) -> int:
        return next(number for number, (span, _) in enumerate(self.spans) if span == selected.span)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(kind for bit in self.bits for kind in bit.kinds)


def compile_program(in_force: tuple[InForce, ...], vocabulary: Vocabulary) -> Program:
    """Compile all sets of definitions together: traits are shared, and each point picks its set by `at`.

    `in_force`: ordered by effective_from, the first of them deciding everything before the second. Cached by fingerprints, so that a
    stream compiles when definitions change and not every batch.
    """
    key = (id(vocabulary), *((each.effective_from, each.fingerprint, tuple(sorted(each.versions.items()))) for each in in_force))
    return _compile(_Request(key, in_force, vocabulary))


@dataclass(frozen=True)
class _Request:
    key: tuple[object, ...]
    in_force: tuple[InForce, ...] = field(compare=False)
    vocabulary: Vocabulary = field(compare=False)


@lru_cache(maxsize=16)
def _compile(request: _Request) -> Program:
    in_force, vocabulary = request.in_force, request.vocabulary
    registry = Registry(vocabulary)
    compiled = compile_segments(registry, in_force)
    zone_measure = attribute_sql(registry, "time_zone", STRING) if _mentions_zone(registry) else None
    columns = {column: sql for sql, column in (*registry.values.items(), *registry.leaves.items())}
    return Program(
        bits=tuple(registry.bits.values()),
        words=registry.words,
        slots=tuple(registry.slots.values()),
        matches=tuple(registry.matches.items()),
        attributes=tuple((name, bit, slot) for name, (bit, slot) in registry.attributes.items()),
        pasts=tuple((column, past) for past, column in registry.pasts.items()),
        zone_measure=zone_measure,
        spans=tuple((span, tuple(sorted(bits, key=lambda bit: bit.index))) for span, bits in registry.spans.items()),
        measures=tuple((column, measure) for measure, column in registry.measures.items()),
        chains=tuple((column, chain) for chain, column in registry.chains.items()),
        levels=arrange_levels({**columns, **compiled.columns}),
        names=compiled.names,
        definitions=compiled.definitions,
        breakpoints=tuple(sorted(compiled.breakpoints, key=repr)),
        boundaries=tuple(each.effective_from for each in in_force if each.effective_from is not None),
        lookback=compiled.lookback,
        default_zone=vocabulary.default_zone,
        places=registry.places,
    )


def _mentions_zone(registry: Registry) -> bool:
    texts = (*(measure.aggregate for measure in registry.measures), *registry.values, *registry.leaves)
    points = (point for collected in registry.collecting for point in collected)
    is_zoned = any(span.zoned for span in registry.spans)
    return is_zoned or any(map(mentions_zone, texts)) or any(CUSTOMER_ZONE in point.zones for point in points)


def arrange_levels(columns: Mapping[str, str]) -> tuple[Level, ...]:
    """Columns in levels, so that each projection reads only what earlier ones made: nothing is copied into what refers to it."""
    level_of: dict[str, int] = {}

    def level(column: str) -> int:
        if column not in level_of:
            level_of[column] = 1 + max((level(each) for each in references(columns, columns[column])), default=-1)
        return level_of[column]

    for column in columns:
        level(column)
    levels: list[list[tuple[str, str]]] = [[] for _ in range(max(level_of.values(), default=-1) + 1)]
    for column, sql in columns.items():
        levels[level_of[column]].append((column, sql))
    return tuple(tuple(each) for each in levels)


def references(columns: Mapping[str, str], sql: str) -> Iterable[str]:
    """Which of the columns a text reads."""
    return (each for each in set(_NAMES.findall(_LITERALS.sub("", sql))) if each in columns)
