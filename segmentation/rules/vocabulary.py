"""The names a rule may use and their types: the tracking plan, tables, attributes, lists and scores, without their storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from segmentation.rules.types import Type


@dataclass(frozen=True)
class FactKind:
    """An event of the tracking plan or a table of kind facts. `properties` is an object type, so that dotted paths resolve."""

    name: str
    cause: Literal["event", "table"]
    properties: Type
    keep: int | None = None


@dataclass(frozen=True)
class Attribute:
    """An attribute and the places that set it (table or event names) in the order in which they are declared."""

    name: str
    type: Type
    places: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Everything a rule may name, other than traits and segments. Mappings go from name to meaning, in order of declaration."""

    facts: Mapping[str, FactKind] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    scores: Mapping[str, Type] = field(default_factory=dict)
    default_zone: str = "UTC"

    def kinds_of(self, fact: str) -> tuple[str, ...]:
        """The kinds a written fact stands for: itself, or with a final `*` every event that begins so."""
        if fact.endswith("*"):
            return tuple(name for name, kind in self.facts.items() if kind.cause == "event" and name.startswith(fact[:-1]))
        return (fact,) if fact in self.facts else ()

    def has_versions(self, kind: str) -> bool:
        """Rows of a table have versions, and what one version says ends with it; an event is for ever."""
        return kind in self.facts and self.facts[kind].cause == "table"
