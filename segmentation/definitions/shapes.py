"""The form of every YAML document, for pydantic: which keys, which of them must be there. What they mean is read afterwards."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Shape(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


def _option(value: Any) -> Any:
    """Spark's options are text: `header: true` means "true"."""
    return str(value).lower() if isinstance(value, bool) else value


Option = Annotated[str, BeforeValidator(_option)]
NonEmpty = Annotated[str, Field(min_length=1)]


class EventShape(Shape):
    properties: dict[str, Any] = Field(default_factory=dict, description="what it carries: a type, or a mapping with type and what is asked of it")
    sets_attributes: dict[str, Any] = Field(default_factory=dict, description="attributes of the customer that it sets from its own instant on")
    description: str = ""


class RowShape(Shape):
    """One kind of event that a row of a source may be."""

    to: NonEmpty
    when: NonEmpty | None = None
    customer: NonEmpty
    occurred_at: NonEmpty
    received_at: NonEmpty | None = None
    id: list[NonEmpty] = Field(min_length=1)
    repeats: Literal["one", "each"] = "one"
    properties: dict[str, NonEmpty] = Field(default_factory=dict)


class SourceShape(Shape):
    """conf/sources/*.yaml: where events come from."""

    format: NonEmpty
    options: dict[str, Option] = Field(default_factory=dict)
    path: NonEmpty | None = None
    time_zone: Any = None
    rows: list[RowShape] = Field(default_factory=list)
    keep: Any = None
    description: str = ""


class TableShape(Shape):
    """A Delta table of the user that events are joined with."""

    kind: Literal["facts", "attributes"]
    path: NonEmpty | None = None
    name: NonEmpty | None = None
    id: NonEmpty | None = None
    customer: NonEmpty
    occurred_at: NonEmpty | None = None
    changed_at: NonEmpty | None = None
    properties: dict[str, Any] | None = None
    attributes: dict[str, Any] | None = None
    keep: Any = None
    description: str = ""


class ListShape(Shape):
    path: NonEmpty | None = None
    name: NonEmpty | None = None
    format: Literal["delta", "csv"] = "delta"
    description: str = ""


class TestShape(Shape):
    __test__ = False

    name: str = Field("", description="what the case shows")
    at: Any = Field(description="the instant asked about")
    facts: list[Any] = Field(default_factory=list, description="the facts of one customer, each with occurred_at")
    expect: Literal["member", "not member", "active", "outranked"] = Field(description="what the segment must say")


class SegmentShape(Shape):
    rule: Any = Field(description="one condition")
    name: str = Field("", description="what people call it")
    description: str = Field("", description="who is meant, in a sentence")
    owner: str = Field("", description="the team that answers for it")
    labels: list[NonEmpty] = Field(default_factory=list, description="words to find it by")
    purpose: str = Field("", description="what its members may be addressed for")
    goal: str = Field("", description="what is to be reached with it")
    kpi: str = Field("", description="the figure that shows it")
    parent: NonEmpty | None = Field(None, description="a segment outside which nobody is in this one")
    time_zone: Any = Field(None, description="where its days begin; else the settings' zone")
    starts_at: Any = Field(None, description="before it nobody is in")
    expires_at: Any = Field(None, description="from it on nobody is in")
    rollout: Any = Field(None, description="a share of customers, such as 10 percent; the others wait")
    when_stale: str = Field("", description="what to do with it when its facts are late")
    archived: bool = Field(False, description="ends all memberships and keeps history")
    tests: list[TestShape] = Field(default_factory=list, description="cases that segmentation test runs")


class GroupShape(Shape):
    order: list[NonEmpty] = Field(min_length=1, description="segments, the first that qualifies wins")
    default: NonEmpty | None = Field(None, description="a slug of its own, active where nobody in the order wins")
    description: str = Field("", description="what it orders, in a sentence")
