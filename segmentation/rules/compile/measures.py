"""What is measured of a customer's facts: which of them count and when, one aggregate over them, or a chain of them."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.rules.compile.bits import FactBit


@dataclass(frozen=True)
class Span:
    """A fact counts from `enter` on and before `leave`: SQL over its own columns, null where it never does.

    zoned: their text speaks of the customer's own `zone`, which may change. turns: the column of a match whose instants by turns begin and
    end a stretch along which the fact may count. once: of facts with the same value of this, one counts at a time; null never does.
    """

    enter: str = "begin"
    leave: str = "until"
    zoned: bool = False
    turns: str | None = None
    once: str | None = None

    @property
    def is_parted(self) -> bool:
        """A fact may count along several stretches."""
        return self.zoned or self.turns is not None


@dataclass(frozen=True)
class Selected:
    """The facts of a selection: those with `bit` inside `span`.

    is_final: no later version takes their place, so that with their time they never stop to count earlier than an older fact does.
    `matched`, a column of the match, is asked after `newest`.
    """

    bit: FactBit
    span: Span = Span()
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
class Median:
    """The two values in the middle, which may be one, together; as decimals of `sql_type`, which leaves room for their sum."""

    value: str
    sql_type: str


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
    median: Median | None = None

    @property
    def shape(self) -> str:
        """total, edge: kept as facts enter and leave; changing, median: put together, or looked for, where its facts enter or leave."""
        if self.median is not None:
            return "median"
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
