"""One text for a node or value, the same in every process: what is sorted by and what is hashed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast


@lru_cache(maxsize=65536)
def _of_node(node: Hashable) -> str:
    parts = (
        f"{field.name}={canonical_text(getattr(node, field.name))}" for field in fields(cast(Any, node)) if getattr(node, field.name) != field.default
    )
    return f"{type(node).__name__}({','.join(parts)})"


def canonical_text(value: Any) -> str:
    """Equal values have equal texts, 0.5 and 0.50 too; fields that have their default are left out, so that new ones change nothing."""
    if is_dataclass(value):
        return _of_node(cast(Hashable, value))
    if isinstance(value, tuple | list):
        return f"[{','.join(map(canonical_text, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key!r}:{canonical_text(value[key])}" for key in sorted(value)) + "}"
    if value is None:
        return "None"
    if isinstance(value, bool):
        return str(int(value))  # True equals 1 for Python, so that equal nodes must have one text
    if isinstance(value, int | Decimal):
        return f"{Decimal(value).normalize():f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, date):
        return f"date({value.isoformat()})"
    return repr(str(value))
