"""The types of properties, attributes and traits; no float among them, so that no answer depends on the order of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TypeName = Literal["string", "boolean", "integer", "decimal", "date", "timestamp", "array", "object"]

MAXIMUM_PRECISION = 28
"""Sums get 10 digits more, and 38 is Spark's limit: up to here a sum is exact in any order."""


@dataclass(frozen=True)
class Type:
    """A type of the language. `precision` and `scale` belong to decimals, `element` to arrays, `fields` to objects."""

    name: TypeName
    precision: int = 0
    scale: int = 0
    element: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.name == "array":
            return f"array<{self.element}>"
        if self.name == "object":
            return "object<" + ",".join(f"{name}:{kind}" for name, kind in self.fields) + ">"
        return self.name

    @property
    def is_numeric(self) -> bool:
        return self.name in ("integer", "decimal")

    @property
    def is_temporal(self) -> bool:
        return self.name in ("date", "timestamp")

    @property
    def spark(self) -> str:
        """The same type in Spark's DDL."""
        if self.name == "array" and self.element is not None:
            return f"array<{self.element.spark}>"
        if self.name == "object":
            return "struct<" + ",".join(f"`{name}`:{kind.spark}" for name, kind in self.fields) + ">"
        return {"integer": "bigint"}.get(self.name, str(self))

    def at(self, path: str) -> Type | None:
        """The type a dotted path leads to, or None where it leads nowhere."""
        head, _, rest = path.partition(".")
        for name, kind in self.fields:
            if name == head:
                return kind.at(rest) if rest else kind
        return None


STRING = Type("string")
BOOLEAN = Type("boolean")
INTEGER = Type("integer")
DATE = Type("date")
TIMESTAMP = Type("timestamp")
RATIO = Type("decimal", 38, 6)
"""Averages, medians and ratios: 6 places, rounded half up."""


def decimal(precision: int, scale: int) -> Type:
    return Type("decimal", precision, scale)


def array(element: Type) -> Type:
    return Type("array", element=element)
