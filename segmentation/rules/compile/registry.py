"""What all rules of a program share: bits of facts, slots of values, measures of points, and the breakpoints they cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from segmentation.rules import model as m
from segmentation.rules.compile.bits import BITS_PER_WORD, FactBit
from segmentation.rules.compile.measures import Chain, Edge, Frequency, Measure, Median, Selected, Span
from segmentation.rules.types import Type
from segmentation.rules.vocabulary import Vocabulary

ATTRIBUTE = "attribute:"
LIST = "list:"
SCORE = "score:"


@dataclass(frozen=True)
class Slot:
    """A column of the fact frame that carries one property (or attribute), whatever the kind."""

    column: str
    path: str
    type: Type
    attribute: bool = False

    @property
    def sql_type(self) -> str:
        """Instants travel as microseconds."""
        return "bigint" if self.type.name == "timestamp" else self.type.spark


@dataclass(frozen=True)
class Shift:
    """One step from a base instant to a breakpoint: plus `micros`, or the start of the calendar `unit` so many `ahead` in `zone`."""

    micros: int = 0
    unit: m.CalendarUnit | None = None
    zone: str = "UTC"
    ahead: int = 1


@dataclass(frozen=True)
class Breakpoint:
    """An instant that facts with `bit` cause: `base` (begin, until, occ, or a slot's column), then the shifts in order.

    Without a bit: `base` is `exist` (the customer's first instant) or `at:<micros>` (a fixed instant for everybody).
    `date_zone`: base is a date, taken at its local midnight there; `yearly`: at that of every anniversary plus `days`.
    """

    bit: FactBit | None
    base: str
    shifts: tuple[Shift, ...] = ()
    date_zone: str | None = None
    yearly: bool = False
    days: int = 0

    def then(self, micros: int) -> Breakpoint:
        return replace(self, shifts=(*self.shifts, Shift(micros)))

    @property
    def zones(self) -> set[str]:
        return {shift.zone for shift in self.shifts if shift.unit} | ({self.date_zone} if self.date_zone else set())


@dataclass(frozen=True)
class Past:
    """Of the settings of an attribute, what it was just before their instant: a struct `before`, `is_change`, `zone`.

    is_change: there was a value known before, and the instant brings another. zone: the customer's own, just before; with_zone: asked for,
    and to be known of settings of the time zone, too.
    """

    attribute: str
    slot: Slot
    with_zone: bool = False


@dataclass
class Registry:
    """Filled while rules are compiled; equal things get one place however many segments use them."""

    vocabulary: Vocabulary
    bits: dict[object, FactBit] = field(default_factory=dict)
    slots: dict[tuple[str, str], Slot] = field(default_factory=dict)
    matches: dict[m.Match, str] = field(default_factory=dict)
    attributes: dict[str, tuple[FactBit, Slot]] = field(default_factory=dict)
    pasts: dict[Past, str] = field(default_factory=dict)
    spans: dict[Span, set[FactBit]] = field(default_factory=dict)
    measures: dict[Measure, str] = field(default_factory=dict)
    chains: dict[Chain, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)
    collecting: list[set[Breakpoint]] = field(default_factory=lambda: [set()])
    """Breakpoints of the rule being compiled are gathered in the last set, so that `entered` and `for` can shift them."""

    def bit(self, kinds: Iterable[str], where: tuple[m.PropertyTest, ...] = (), attribute: str | None = None) -> FactBit:
        key = (tuple(kinds), where, attribute)
        if key not in self.bits:
            self.bits[key] = FactBit(len(self.bits), tuple(kinds), where, attribute)
        return self.bits[key]

    def slot(self, path: str, kind: Type, attribute: bool = False) -> Slot:
        key = (f"{ATTRIBUTE}{path}" if attribute else path, str(kind))
        if key not in self.slots:
            self.slots[key] = Slot(f"s{len(self.slots)}", path, kind, attribute)
        return self.slots[key]

    def attribute(self, name: str, kind: Type) -> tuple[FactBit, Slot]:
        """The bit that says a fact sets the attribute, and the slot with the value."""
        if name not in self.attributes:
            places = self.vocabulary.attributes[name].places if name in self.vocabulary.attributes else ()
            self.attributes[name] = (self.bit(places, attribute=name), self.slot(name, kind, attribute=True))
        return self.attributes[name]

    def past(self, name: str, kind: Type, with_zone: bool = False) -> str:
        """The column of what an attribute was before each of its settings."""
        _, slot = self.attribute(name, kind)
        return self.pasts.setdefault(Past(name, slot, with_zone), f"r{len(self.pasts)}")

    def match(self, match: m.Match) -> str:
        return self.matches.setdefault(match, f"k{len(self.matches)}")

    def _named(self, kept: dict[str, str], prefix: str, sql: str) -> str:
        return kept.setdefault(sql, f"{prefix}{len(kept)}")

    def measure(self, selected: Selected, aggregate: str, each: str | None = None) -> str:
        """The column of an aggregate over the selected facts."""
        return self._measured(Measure(selected, aggregate, each))

    def edge(self, selected: Selected, function: str, value: str, order: str = "struct(occ, id)", *, in_time: bool = True) -> str:
        """The column of the value that the fact with the largest or smallest order has."""
        edge = Edge(function, value, order, in_time)
        return self._measured(Measure(selected, edge.sql, edge=edge))

    def most_frequent(self, selected: Selected, frequency: Frequency) -> str:
        """The column of the value that most facts have."""
        return self._measured(Measure(selected, f"mode({frequency.value}, true)", frequency=frequency))

    def median(self, selected: Selected, median: Median) -> str:
        """The column of twice the median."""
        return self._measured(Measure(selected, f"median({median.value})", median=median))

    def chain(self, chain: Chain) -> str:
        """The column of the latest instant at which the chain was settled."""
        for selected in chain.selections:
            self._spanned(selected)
        return self.chains.setdefault(chain, f"b{len(self.chains)}")

    def _measured(self, measure: Measure) -> str:
        self._spanned(measure.selected)
        return self.measures.setdefault(measure, f"a{len(self.measures)}")

    def _spanned(self, selected: Selected) -> None:
        self.spans.setdefault(selected.span, set()).add(selected.bit)

    def value(self, sql: str) -> str:
        return sql if sql.isidentifier() else self._named(self.values, "t", sql)

    def leaf(self, sql: str) -> str:
        return self._named(self.leaves, "c", sql)

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """Attribute -> the places that set it, in its own order."""
        return {name: attribute.places for name, attribute in self.vocabulary.attributes.items()}

    def breaks(self, *points: Breakpoint) -> None:
        self.collecting[-1].update(points)

    @property
    def words(self) -> int:
        return max(1, -(-len(self.bits) // BITS_PER_WORD))
