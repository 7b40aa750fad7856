"""Documents as the `definitions` table keeps them: canonical JSON with exact numbers, read back without the tree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from segmentation.rules.given import Given, from_plain
from segmentation.rules.values import Micros

DocumentKind = Literal["trait", "segment", "group"]


class DefinitionRow(NamedTuple):
    """One version of a document: the columns of tables.DEFINITIONS that have a meaning here; the others say who applied it, and when."""

    kind: DocumentKind
    name: str
    version: int
    fingerprint: str
    document: str
    is_archived: bool
    effective_from: Micros | None


def to_json(value: Any) -> str:
    """Sorted keys, numbers exactly as written, dates and instants in ISO form."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{to_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(to_json, value))}]"
    if isinstance(value, Decimal):
        return f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0"
    return json.dumps(value.isoformat() if isinstance(value, date) else value, ensure_ascii=False)


def from_json(row: DefinitionRow) -> Given:
    """The document with the row as its place."""
    return from_plain(json.loads(row.document, parse_float=Decimal), f"definitions {row.name}@{row.version}", f"{row.kind}s.{row.name}")
