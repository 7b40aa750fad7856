"""What a generated comparison may say of each type, and which trait functions take which types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segmentation.rules.types import INTEGER, RATIO, TIMESTAMP, Type, array, decimal

SCALAR_TYPES = ("string", "boolean", "integer", "decimal", "date", "timestamp")
_COMPARED = ("is", "is_not", "in", "not_in", "exists")
_ORDERED = ("above", "at_least", "below", "at_most", "between", *_COMPARED)
MOVING = ("within", "older_than", "within_next", "since", "not_before")
_MOMENTS = (*MOVING, "before", "after", *_ORDERED)
_CONTAINS = ("contains", "contains_any", "contains_all")
WORDS: dict[str, tuple[str, ...]] = {
    "string": (*_ORDERED, *_CONTAINS, "starts_with", "ends_with", "matches"),
    "boolean": _COMPARED,
    "integer": _ORDERED,
    "decimal": _ORDERED,
    "date": _MOMENTS,
    "timestamp": _MOMENTS,
    "array": ("exists", *_CONTAINS),
}
FOLDED = frozenset({"is", "is_not", "in", "not_in", *_CONTAINS, "starts_with", "ends_with", "matches"})

_NUMBERS = ("integer", "decimal")
_SORTED = ("string", "integer", "decimal", "date", "timestamp")
FUNCTIONS: dict[Any, tuple[tuple[str, ...], Callable[[Type], Type]]] = {
    "count": ((), lambda _: INTEGER),
    "earliest": ((), lambda _: TIMESTAMP),
    "latest": ((), lambda _: TIMESTAMP),
    "sum": (_NUMBERS, lambda kind: INTEGER if kind == INTEGER else decimal(min(38, kind.precision + 10), kind.scale)),
    "average": (_NUMBERS, lambda _: RATIO),
    "median": (_NUMBERS, lambda _: RATIO),
    "minimum": (_SORTED, lambda kind: kind),
    "maximum": (_SORTED, lambda kind: kind),
    "distinct": (SCALAR_TYPES, lambda _: INTEGER),
    "first": ((*SCALAR_TYPES, "array"), lambda kind: kind),
    "last": ((*SCALAR_TYPES, "array"), lambda kind: kind),
    "most_frequent": (SCALAR_TYPES, lambda kind: kind),
    "values": (SCALAR_TYPES, array),
}
