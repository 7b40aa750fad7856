"""What users declare, checked and frozen: events, sources, tables, lists, traits, segments and groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from segmentation.issues import Issue, Where
from segmentation.rules.model import Condition
from segmentation.rules.types import Type
from segmentation.rules.values import Micros, Value
from segmentation.rules.vocabulary import Vocabulary

NOWHERE = Where()
Expectation = Literal["member", "not member", "active", "outranked"]


# ---------------------------------------------------------------- what may arrive
@dataclass(frozen=True)
class Property:
    """A property with what is asked of its values. `properties` are those of a nested object; bounds have the property's type."""

    name: str
    type: Type
    required: bool = False
    at_least: Any = None
    at_most: Any = None
    above: Any = None
    below: Any = None
    one_of: tuple[Any, ...] | None = None
    matches: str | None = None
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True)
class EventType:
    """An event of the tracking plan. `properties` hold the attributes that it sets, too."""

    name: str
    properties: Mapping[str, Property]
    sets_attributes: Mapping[str, Type] = field(default_factory=dict)
    description: str = ""
    where: Where = NOWHERE


# ---------------------------------------------------------------- where it comes from
@dataclass(frozen=True)
class RowMapping:
    """How a row of a source becomes an event: Spark SQL text over the row's columns. `properties`: property path -> expression."""

    to: str
    when: str | None
    customer: str
    occurred_at: str
    id: tuple[str, ...]
    repeats: Literal["one", "each"] = "one"
    properties: Mapping[str, str] = field(default_factory=dict)
    received_at: str | None = None


@dataclass(frozen=True)
class Source:
    """Where events come from; without `rows` it carries the JSON envelope. `path` may hold {lake} and {data}: Settings.expand."""

    name: str
    format: str
    options: Mapping[str, str]
    path: str | None
    time_zone: str
    rows: tuple[RowMapping, ...] = ()
    keep: Micros | None = None
    where: Where = NOWHERE


@dataclass(frozen=True)
class Table:
    """A Delta table of the user. kind facts: id and occurred_at are columns; kind attributes: one current row a customer.

    Either `path` (may hold {lake}) or `catalog_name` is given. `columns` are the properties or the attributes.
    """

    name: str
    kind: Literal["facts", "attributes"]
    path: str | None
    catalog_name: str | None
    customer: str
    columns: Mapping[str, Type]
    id: str | None = None
    occurred_at: str | None = None
    changed_at: str | None = None
    keep: Micros | None = None
    where: Where = NOWHERE


@dataclass(frozen=True)
class ListDocument:
    """A list of customers: a Delta table or CSV with customer_id, added_at, removed_at."""

    name: str
    path: str | None
    catalog_name: str | None
    format: Literal["delta", "csv"] = "delta"
    where: Where = NOWHERE


# ---------------------------------------------------------------- what is asked
@dataclass(frozen=True)
class Trait:
    """A named value. `document` is what was written, as plain values (numbers exact)."""

    name: str
    value: Value
    document: Mapping[str, Any]
    description: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True)
class InlineFact:
    """A fact of an inline test, values in their declared types. `name`: an event, table, list or score model.

    A row of a table of attributes sets them at `changed_at`, else at `occurred_at`. Of a list, `occurred_at` is when the entry was
    added and the property `removed_at` when it ended. Of a score model, the properties are `score`, `band`, `bands`.
    """

    name: str
    cause: Literal["event", "table", "attribute", "list", "score"]
    occurred_at: Micros
    changed_at: Micros | None
    properties: Mapping[str, Any]
    is_deleted: bool = False
    fact_id: str | None = None
    where: Where = NOWHERE


@dataclass(frozen=True)
class InlineTest:
    """One customer's facts, an instant, and what the segment must say of them."""

    name: str
    at: Micros
    facts: tuple[InlineFact, ...]
    expect: Expectation
    where: Where = NOWHERE


@dataclass(frozen=True)
class Segment:
    """A segment as written: `rule` is the condition alone; definitions.segments.segment_rule adds parent, life-time and roll-out."""

    slug: str
    rule: Condition
    name: str = ""
    description: str = ""
    owner: str = ""
    labels: tuple[str, ...] = ()
    purpose: str = ""
    goal: str = ""
    kpi: str = ""
    parent: str | None = None
    time_zone: str = "UTC"
    starts_at: Micros | None = None
    expires_at: Micros | None = None
    rollout: Decimal | None = None
    when_stale: str = ""
    archived: bool = False
    tests: tuple[InlineTest, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    where: Where = NOWHERE
    rule_where: Where = NOWHERE


@dataclass(frozen=True)
class Group:
    """At most one active segment a customer: the first of `order` that qualifies; `default` where nobody does."""

    name: str
    order: tuple[str, ...]
    default: str | None = None
    description: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    where: Where = NOWHERE


@dataclass(frozen=True)
class Project:
    """Everything under one configuration folder. Mappings are in order of declaration (files by name)."""

    vocabulary: Vocabulary
    events: Mapping[str, EventType] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    lists: Mapping[str, ListDocument] = field(default_factory=dict)
    traits: Mapping[str, Trait] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    warnings: tuple[Issue, ...] = ()
