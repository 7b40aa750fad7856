"""The nodes of a rule: frozen values, no behaviour; every stage (check, lower, compile, interpret, explain) is a table over them.

Instants and durations are whole microseconds (UTC). Names are resolved: a zone is an IANA name or `customer`, a fact is the
tuple of the kinds it stands for. Contract: the language document, sections 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from segmentation.rules.types import Type

Micros = int
CalendarUnit = Literal["day", "week", "month", "quarter", "year"]


# ---------------------------------------------------------------- comparisons
@dataclass(frozen=True)
class Since:
    """`since: X`: a fixed instant, or the start of the calendar unit that `at` lies in, in `zone`."""

    instant: Micros | None = None
    unit: CalendarUnit | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class Comparison:
    """One word of section 4 with its operand.

    `op`: is is_not above at_least below at_most between in not_in exists contains contains_any contains_all starts_with ends_with
    matches, and for instants and dates within older_than within_next (operand: Micros) since (operand: Since) before after.
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


# ---------------------------------------------------------------- conditions: leaves
@dataclass(frozen=True)
class Compare:
    """A comparison of a value; `name` is the trait, attribute or score as the user wrote it."""

    value: Value
    comparison: Comparison
    name: str = ""


@dataclass(frozen=True)
class Did:
    """`did`: the count of matching facts compared (without a word: at_least 1)."""

    selection: Selection
    comparison: Comparison = Comparison("at_least", 1)


@dataclass(frozen=True)
class DidNot:
    selection: Selection


@dataclass(frozen=True)
class EdgeHas:
    """`last`/`first`: the newest/oldest fact selected passes `has`; false when there is none, unknown when `has` is."""

    edge: Literal["last", "first"]
    selection: Selection
    has: tuple[PropertyTest, ...]


@dataclass(frozen=True)
class InSegment:
    """Another segment's rule holds (`active`: its status is active). Never unknown."""

    slug: str
    active: bool = False
    negated: bool = False


@dataclass(frozen=True)
class InSegmentFor:
    slug: str
    duration: Micros
    active: bool = False


@dataclass(frozen=True)
class Entered:
    slug: str
    within: Micros
    active: bool = False


@dataclass(frozen=True)
class AttributeFor:
    """The comparison held at every instant of [at - duration, at]."""

    value: AttributeValue
    comparison: Comparison
    duration: Micros


@dataclass(frozen=True)
class AttributeChanged:
    value: AttributeValue
    within: Micros


@dataclass(frozen=True)
class Anniversary:
    """local today <= anniversary of the date < local today + `days`; 29 February counts on 1 March in other years."""

    value: AttributeValue
    days: int
    zone: str


@dataclass(frozen=True)
class Step:
    """`did` or (negated) `did_not` in a sequence; `within` counts from the step before."""

    selection: Selection
    negated: bool = False
    within: Micros | None = None


@dataclass(frozen=True)
class Sequence:
    """Settled at s, it holds for s <= at < s + within (for ever without it)."""

    steps: tuple[Step, ...]
    within: Micros | None = None


@dataclass(frozen=True)
class ListedIn:
    name: str


@dataclass(frozen=True)
class Sample:
    """First 13 hex digits of sha-256 of `salt:customer_id` < `bound` (= ceil(share x 16^13))."""

    bound: int
    salt: str
    share: str = ""


@dataclass(frozen=True)
class Lifetime:
    """starts_at <= at < expires_at, of a segment."""

    starts_at: Micros | None = None
    expires_at: Micros | None = None


@dataclass(frozen=True)
class Everyone:
    pass


@dataclass(frozen=True)
class Constant:
    answer: bool


@dataclass(frozen=True)
class ScalarCondition:
    """A boolean scalar expression (the SQL form) without a leaf form of its own; `value.type` is boolean."""

    value: Scalar


# ---------------------------------------------------------------- conditions: inner nodes
@dataclass(frozen=True)
class All:
    children: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    children: tuple[Condition, ...]


@dataclass(frozen=True)
class NoneOf:
    children: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    child: Condition


@dataclass(frozen=True)
class IfMissing:
    """The child's answer, and `answer` where the child is unknown."""

    child: Condition
    answer: bool


@dataclass(frozen=True)
class Tree:
    """The first `when` that is true decides; unknown goes on."""

    branches: tuple[tuple[Condition, Condition], ...]
    otherwise: Condition = field(default_factory=lambda: Constant(answer=False))


Leaf = (
    Compare | Did | DidNot | EdgeHas | InSegment | InSegmentFor | Entered | AttributeFor | AttributeChanged
    | Anniversary | Sequence | ListedIn | Sample | Lifetime | Everyone | Constant | ScalarCondition
)  # fmt: skip
Condition = Leaf | All | AnyOf | NoneOf | Not | IfMissing | Tree


# ---------------------------------------------------------------- segments and groups, as the decision sees them
@dataclass(frozen=True)
class SegmentRule:
    """A segment's whole rule: parent, life-time and rollout are already part of `rule`."""

    slug: str
    rule: Condition


@dataclass(frozen=True)
class GroupOrder:
    """Priority: the first of `order` whose rule is true wins; `default` is active where nobody wins."""

    name: str
    order: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True)
class RuleSet:
    """All that the decision needs of one state of the definitions. `segments` come in an order without forward references."""

    segments: tuple[SegmentRule, ...]
    groups: tuple[GroupOrder, ...]
