"""The columns that the stages of ingestion pass on; those that begin with `_` are ours, all others are the source's own."""

from __future__ import annotations

from collections.abc import Mapping

from segmentation.definitions.documents import EventType
from segmentation.rules.types import Type

PAYLOAD = "_payload"
"""The row as it came: the line or message, or the columns of the row as JSON."""
PAYLOAD_BYTES = "_payload_bytes"
POSITION = "_position"
"""File and row, or topic, partition and offset."""
FILE = "_file"
"""Null for messages."""
PROBLEM = "_problem"
"""Why the reader could not take the row; null where it could."""
ARRIVED_AT = "_arrived_at"
"""When the transport took the row, where it says so."""
RAW_COLUMNS = (PAYLOAD, PAYLOAD_BYTES, POSITION, FILE, PROBLEM, ARRIVED_AT)

TEXTS = "_texts"
"""A struct: each property of the plan as text, before it is typed."""
WRONG_KINDS = "_wrong_kinds"
"""Properties of type string for which JSON gave an object, an array, a fraction or a boolean."""
REASONS = "reasons"


def plan_properties(events: Mapping[str, EventType]) -> dict[str, Type]:
    """Every property of the tracking plan with its one type, in the order of declaration."""
    return {name: each.type for event in events.values() for name, each in event.properties.items()}


def fields_ddl(types: Mapping[str, Type]) -> dict[str, str]:
    """The types in Spark's words."""
    return {name: kind.spark for name, kind in types.items()}


def struct_ddl(fields: Mapping[str, str]) -> str:
    """The fields of a `properties` struct as DDL. Spark has no struct without fields: an empty one gets `_`, which stays null."""
    return ", ".join(f"`{name}`: {ddl}" for name, ddl in fields.items()) or "`_`: string"
