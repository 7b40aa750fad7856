"""Facts as plain Python values: what the interpreter, inline tests and `why` read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Cause = Literal["definition", "event", "table", "attribute", "list", "score", "time", "start"]
CAUSES: tuple[Cause, ...] = ("definition", "event", "table", "attribute", "list", "score", "time")
"""The order in which what begins at an instant names the cause; `start` is the first point under `history_since`."""


@dataclass(frozen=True)
class Fact:
    """One version of one fact of one customer; instants in microseconds UTC.

    kind: event name, table name, list name or model name. cause: what a transition at its beginning is caused by.
    Events: valid_from = occurred_at, valid_until None. A version counts at `at` when occurred_at <= at and
    valid_from <= at < valid_until. A row of an attributes table sets attributes at valid_from (and valid_until plays no part).
    properties: typed values (int, Decimal, str, bool, date, Micros, tuple, nested dict); an absent key differs from None only
    for attributes: an absent one sets nothing, None is a value to change to.
    position: order inside its place (commit of a table, else the fact id), for attributes set at one instant.
    content_hash: of copies that differ and occurred at one instant the smallest wins; 0 where none was stored.
    """

    kind: str
    cause: Cause
    fact_id: str
    occurred_at: int
    valid_from: int
    valid_until: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    position: int = 0
    is_deleted: bool = False
    content_hash: int = 0

    @property
    def begins_at(self) -> int:
        return max(self.occurred_at, self.valid_from)
