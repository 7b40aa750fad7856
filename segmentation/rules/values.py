"""What a rule looks at: comparisons, the facts selected, and the values made of them. Frozen, no behaviour; model.py adds conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from segmentation.rules.types import Type

Micros = int
CalendarUnit = Literal["day", "week", "month", "quarter", "year"]


# ---------------------------------------------------------------- comparisons
@dataclass(frozen=True)
class Since:
    """`since: X`: a fixed instant, or the start of the calendar unit that `at` lies in, in `zone`.

    Only under `not_before` (the SQL form): `offset` moves the start by so many days (unit day), `strict` leaves the start itself out.
    """

    instant: Micros | None = None
    unit: CalendarUnit | None = None
    zone: str = "UTC"
    offset: int = 0
    strict: bool = False


@dataclass(frozen=True)
class Comparison:
    """One word of section 4 with its operand.

    `op`: is is_not above at_least below at_most between in not_in exists contains contains_any contains_all starts_with ends_with
    matches, and for instants and dates within older_than within_next (operand: Micros) since (operand: Since) before after, and
    not_before (operand: Since with a unit; X <= t, the future too; what `t >= current_date - interval 30 days` becomes).
    Operands have the type of the value compared: int, Decimal, str, bool, datetime.date, Micros for timestamps; tuples of them for
    between, in, not_in, contains_any, contains_all; bool for exists. Before and after a date value or with a date operand, the
    operand is a date, and it stands for its local midnight in `zone`.
    """

    op: str
    operand: Any
    ignoring_case: bool = False
    zone: str = "UTC"


@dataclass(frozen=True)
class PropertyTest:
    """A comparison of one property of a fact, inside `where` or `has`. Unknown becomes `if_missing` where that is given."""

    path: str
    type: Type
    comparison: Comparison
    if_missing: bool | None = None


# ---------------------------------------------------------------- facts selected
@dataclass(frozen=True)
class Window:
    """Half-open: within W is at - W < t <= at; older_than W is t <= at - W; since X is X <= t <= at. All given must hold."""

    within: Micros | None = None
    older_than: Micros | None = None
    since: Since | None = None


@dataclass(frozen=True)
class Match:
    """Only facts that have an event `event` with the same value of property `on` at or before `at`."""

    event: str
    on: str
    type: Type


@dataclass(frozen=True)
class Selection:
    """Facts of `kinds` (what `fact` stands for), through where, window, newest and matched_by, in this order."""

    fact: str
    kinds: tuple[str, ...]
    where: tuple[PropertyTest, ...] = ()
    window: Window = Window()
    newest: int | None = None
    matched_by: Match | None = None


# ---------------------------------------------------------------- values
AggregateFunction = Literal[
    "count", "sum", "average", "minimum", "maximum", "median", "distinct", "first", "last", "earliest", "latest", "most_frequent", "values"
]


@dataclass(frozen=True)
class Aggregate:
    """One function over the selected facts. `path` is the property (None for count, earliest, latest); `type` is the answer's."""

    function: AggregateFunction
    selection: Selection
    path: str | None
    type: Type


@dataclass(frozen=True)
class Ratio:
    numerator: Value
    denominator: Value
    type: Type


@dataclass(frozen=True)
class Arithmetic:
    """`difference` (first less the others) or `sum_of`; missing where any operand is."""

    function: Literal["difference", "sum_of"]
    operands: tuple[Value, ...]
    type: Type


@dataclass(frozen=True)
class AttributeValue:
    name: str
    type: Type


@dataclass(frozen=True)
class ScoreValue:
    model: str
    type: Type


@dataclass(frozen=True)
class RankValue:
    """The band (1 lowest .. `bands`) of the latest published ranking of trait `of`."""

    of: str
    bands: int
    type: Type


@dataclass(frozen=True)
class Scalar:
    """Any other scalar expression of values: Spark SQL text in which `{0}`, `{1}`, ... stand for the inputs."""

    expression: str
    inputs: tuple[Value, ...]
    type: Type


Value = Aggregate | Ratio | Arithmetic | AttributeValue | ScoreValue | RankValue | Scalar
