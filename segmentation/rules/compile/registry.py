"""What all rules of a program share: bits of facts, slots of values, measures of points, and the breakpoints they cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from segmentation.rules import model as m
from segmentation.rules.compile.bits import BITS_PER_WORD, FactBit
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
class Span:
    """A fact counts from `enter` on and before `leave`: SQL over its own columns, null where it never does.

    once: of facts with the same value of this, one counts at a time; null never does.
    """

    enter: str = "begin"
    leave: str = "until"
    once: str | None = None


@dataclass(frozen=True)
class Selected:
    """The facts of a selection: those with `bit` inside `span`, of which a point may leave out some more (`moving`, SQL over fact and point).

    is_final: no later version takes their place, so that with their time they never stop to count earlier than an older fact does.
    `matched`, a column of the match, is asked after `newest`.
    """

    bit: FactBit
    span: Span = Span()
    moving: str | None = None
    is_final: bool = False
    matched: str | None = None
    newest: int | None = None


@dataclass(frozen=True)
class Edge:
    """The fact with the largest (`max_by`) or smallest `order` gives its `value`; in_time: later facts have larger orders."""

    function: str
    value: str
    order: str
    in_time: bool = True

    @property
    def sql(self) -> str:
        return f"{self.function}({self.value}, {self.order})"


@dataclass(frozen=True)
class Frequency:
    """Of the values that facts have, that with the smallest `order` (SQL over n, how many have it, and v) is the answer."""

    value: str
    order: str


@dataclass(frozen=True)
class Measure:
    """One aggregate over the facts of a selection that count at a point: a column of the point.

    Along a sweep it is kept up to date, not worked out anew, where that can be: `each` is what a fact adds while it counts.
    """

    selected: Selected
    aggregate: str
    each: str | None = None
    edge: Edge | None = None
    frequency: Frequency | None = None

    @property
    def shape(self) -> str:
        """total, edge: kept as facts enter and leave; changing: put together where its facts enter or leave; moving: at every point."""
        if self.selected.moving:
            return "moving"
        if self.each is not None:
            return "total"
        return "edge" if self.edge is not None and self._is_kept(self.edge) else "changing"

    def _is_kept(self, edge: Edge) -> bool:
        """Facts that stay for ever, or of which the newest leaves last: what is beyond the edge need not be remembered."""
        return self.selected.is_final and (not self.expires or (edge.in_time and edge.function == "max_by"))

    @property
    def counts(self) -> bool:
        return self.aggregate.startswith("count(")

    @property
    def is_array(self) -> bool:
        return self.aggregate.startswith("collect_")

    @property
    def expires(self) -> bool:
        return self.selected.span.leave != Span().leave


@dataclass(frozen=True)
class ChainStep:
    """A step after the first. `fits`, SQL over `t` and `near`, compares an instant with the nearest one of the other side.

    Positive (waits None): a fact at t, `near` the latest instant before it at which the steps so far were settled. Negated: settled
    at t, `near` the first fact after it; where there is none, or it fits, it is settled anew at t + waits.
    """

    selected: Selected
    fits: str
    waits: int | None = None


@dataclass(frozen=True)
class Chain:
    """A sequence of facts: its column is the latest instant at which it was settled. reach: no older fact matters (None: all do)."""

    first: Selected
    steps: tuple[ChainStep, ...]
    reach: int | None

    @property
    def selections(self) -> tuple[Selected, ...]:
        return (self.first, *(step.selected for step in self.steps))


@dataclass
class Registry:
    """Filled while rules are compiled; equal things get one place however many segments use them."""

    vocabulary: Vocabulary
    bits: dict[object, FactBit] = field(default_factory=dict)
    slots: dict[tuple[str, str], Slot] = field(default_factory=dict)
    matches: dict[m.Match, str] = field(default_factory=dict)
    attributes: dict[str, tuple[FactBit, Slot]] = field(default_factory=dict)
    point_columns: dict[str, str] = field(default_factory=dict)
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

    def match(self, match: m.Match) -> str:
        return self.matches.setdefault(match, f"k{len(self.matches)}")

    def _named(self, kept: dict[str, str], prefix: str, sql: str) -> str:
        return kept.setdefault(sql, f"{prefix}{len(kept)}")

    def point_column(self, sql: str) -> str:
        return self._named(self.point_columns, "p", sql)

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
