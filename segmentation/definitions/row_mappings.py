"""conf/sources: where events come from, and how their rows become events."""

from __future__ import annotations

from collections.abc import Mapping

from segmentation.definitions.documents import EventType, RowMapping, Source
from segmentation.definitions.retention import read_keep
from segmentation.definitions.shapes import RowShape, SourceShape
from segmentation.issues import Suggestion, suggest
from segmentation.rules.given import Given
from segmentation.rules.parse.scope import RefusedError, Scope, read_zone
from segmentation.rules.types import Type
from segmentation.settings import Settings

FORMATS = ("json", "csv", "parquet", "delta", "kafka", "orc", "avro", "text", "rate", "socket")
"""The well known ones: another is let through, unless it is nearly one of these."""
FORMATS_WITHOUT_PATH = ("kafka", "rate", "socket", "delta")


def read_source(scope: Scope, name: str, given: Given, shape: SourceShape, settings: Settings) -> Source:
    if shape.path is None and shape.format not in FORMATS_WITHOUT_PATH:
        scope.note(Given(None, given.where).where, f"'path' is missing: a source of format {shape.format} needs it")
    near = suggest(shape.format, FORMATS) if shape.format not in FORMATS else ""
    if near and isinstance(near, Suggestion) and near.is_near:
        scope.note(given.entries["format"], f"unknown format '{shape.format}'", near)
    zone, keep = settings.time_zone, None
    try:
        entry = given.get("time_zone")
        zone = read_zone(scope, entry, customer=False) if entry else zone
        keep = read_keep(scope, given.get("keep"))
    except RefusedError:
        pass
    rows = tuple(_row(row) for row in shape.rows)
    return Source(name, shape.format, shape.options, shape.path, zone, rows, keep, given.where)


def _row(shape: RowShape) -> RowMapping:
    return RowMapping(
        shape.to, shape.when, shape.customer, shape.occurred_at, tuple(shape.id), shape.repeats, shape.properties, shape.received_at
    )  # fmt: skip


def check_rows(scope: Scope, source: Source, given: Given, events: Mapping[str, EventType]) -> None:
    """Each row leads to an event of the plan, and gives it its properties, in SQL; a row after one without `when` is never reached."""
    rows = given.get("rows")
    for place in rows.items if rows else ():
        _check_sql(scope, place)
    for row, place in zip(source.rows, rows.items if rows else (), strict=True):
        event = events.get(row.to)
        if event is None:
            scope.note(place.entries["to"], f"unknown event '{row.to}'", suggest(row.to, events))
            continue
        _check_properties(scope, row, place, event)
    for index, row in enumerate(source.rows[:-1]):
        if row.when is None and rows is not None:
            scope.note(rows.items[index + 1], f"never reached: row {index + 1} has no 'when' and takes all that is left")
            break


def _check_sql(scope: Scope, row: Given) -> None:
    """Columns are known only when rows are read; that an expression is none can be said before."""
    from segmentation.rules.parse.sql.syntax import parse_spark_sql  # sqlglot takes 0.2 s to import

    alone = (entry for key in ("when", "customer", "occurred_at", "received_at") if (entry := row.get(key)))
    lists = (row.get("id"), row.get("properties"))
    for entry in (*alone, *(each for found in lists if found for each in (*found.items, *found.entries.values()))):
        try:
            parse_spark_sql(scope, entry, str(entry.value))
        except (RefusedError, RecursionError):
            continue


def _check_properties(scope: Scope, row: RowMapping, place: Given, event: EventType) -> None:
    kind = Type("object", fields=tuple((each.name, each.type) for each in event.properties.values()))
    given = place.get("properties")
    for path, entry in given.entries.items() if given else ():
        if kind.at(path) is None:
            scope.note(entry.key or entry.where, f"unknown property '{path}' of {event.name}", suggest(path, event.properties))
    covered = {path.partition(".")[0] for path in row.properties}
    for each in event.properties.values():
        if each.required and each.name not in covered:
            scope.note(place, f"'{each.name}' of {event.name} is required, and this row does not give it")
