"""The nodes of a rule: frozen values, no behaviour; every stage (check, lower, compile, interpret, explain) is a table over them.

Instants and durations are whole microseconds (UTC). Names are resolved: a zone is an IANA name or `customer`, a fact is the
tuple of the kinds it stands for. Contract: the language document, sections 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from segmentation.rules.values import (
    Aggregate,
    AggregateFunction,
    Arithmetic,
    AttributeValue,
    CalendarUnit,
    Comparison,
    Match,
    Micros,
    PropertyTest,
    RankValue,
    Ratio,
    Scalar,
    ScoreValue,
    Selection,
    Since,
    Value,
    Window,
)


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
