"""The table `events` and the tracking plan: the table is created from the plan and grows with it."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql.types import StructType

from segmentation.adapters.lake import Lake
from segmentation.definitions.documents import EventType
from segmentation.events.columns import fields_ddl, plan_properties, struct_ddl
from segmentation.issues import Issue, UserError, Where
from segmentation.tables import BATCHES, EVENTS, PLANS, QUARANTINE


def events_ddl(events: Mapping[str, EventType]) -> str:
    """DDL of the fields of `properties` for every event of the plan."""
    return struct_ddl(fields_ddl(plan_properties(events)))


def prepare_events_tables(lake: Lake, events: Mapping[str, EventType]) -> None:
    """Create what ingestion writes, where it is missing."""
    for table in (EVENTS, QUARANTINE, PLANS, BATCHES):
        lake.create(table, events_ddl(events))


def stored_fields(lake: Lake) -> dict[str, str]:
    """The fields of `properties` as the table has them, in its order."""
    struct = lake.read(EVENTS.name).schema["properties"].dataType
    assert isinstance(struct, StructType)
    return {field.name: field.dataType.simpleString() for field in struct.fields}


def fields_to_write(stored: Mapping[str, str], events: Mapping[str, EventType]) -> dict[str, str]:
    """The table's fields, then those the plan has added; an object may gain fields.

    Raises UserError for every property whose type is another one than the table's: stored values would have to be rewritten.
    """
    planned = fields_ddl(plan_properties(events))
    changed = [
        Issue(
            Where(path=f"properties.{name}"),
            f"the tracking plan says {planned[name]}, but the table events holds {ddl}",
            "Give the property another name, or go back to the former type.",
        )
        for name, ddl in stored.items()
        if name in planned and _plain(planned[name]) != _plain(ddl) and not planned[name].startswith("struct<")
    ]
    if changed:
        raise UserError(*changed)
    return {**{name: planned.get(name, ddl) for name, ddl in stored.items()}, **planned}


def _plain(ddl: str) -> str:
    return ddl.replace("`", "").replace(" ", "").lower()
