"""conf/events, conf/tables.yaml, conf/lists.yaml and conf/scores.yaml: what rules may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.definitions.documents import EventType, ListDocument, Property, Source, Table
from segmentation.definitions.property_types import check_name, object_of, read_properties, read_type
from segmentation.definitions.retention import read_keep
from segmentation.definitions.shapes import ListShape, TableShape
from segmentation.rules.given import Given
from segmentation.rules.parse.scope import RefusedError, Scope
from segmentation.rules.types import Type
from segmentation.rules.vocabulary import Attribute, FactKind, Vocabulary
from segmentation.settings import Settings


# ---------------------------------------------------------------- events
def read_event(scope: Scope, name: str, given: Given) -> EventType:
    check_name(scope, given, name, "an event")
    own = _entries(given, "properties")
    attributes = _entries(given, "sets_attributes")
    for key in own.keys() & attributes.keys():
        place = attributes[key].key or attributes[key].where
        scope.note(place, f"'{key}' is a property already", "An attribute that an event sets is one of its own.")
    properties = read_properties(scope, own)
    setting = read_properties(scope, attributes)
    description = given.get("description")
    return EventType(
        name=name,
        properties={**properties, **setting},
        sets_attributes={key: each.type for key, each in setting.items()},
        description=str(description.value) if description else "",
        where=given.key or given.where,
    )


def _entries(given: Given, key: str) -> Mapping[str, Given]:
    entry = given.get(key)
    return entry.entries if entry else {}


def refuse_two_types(scope: Scope, events: Mapping[str, EventType], places: Mapping[str, Given]) -> None:
    """A property has one type in the whole plan: all events share one table."""
    seen: dict[str, tuple[Property, str]] = {}
    for event in events.values():
        for name, found in event.properties.items():
            first, other = seen.setdefault(name, (found, event.name))
            if first.type != found.type:
                place = _place(places[event.name], name)
                scope.note(place.where, f"'{name}' is {found.type} here and {first.type} in {other}: one property has one type in the whole plan")


def _place(event: Given, name: str) -> Given:
    return _entries(event, "properties").get(name) or _entries(event, "sets_attributes").get(name) or event


# ---------------------------------------------------------------- tables
def read_table(scope: Scope, name: str, given: Given, shape: TableShape) -> Table:
    check_name(scope, given, name, "a table")
    key, other = ("properties", "attributes") if shape.kind == "facts" else ("attributes", "properties")
    needed = ("id", "occurred_at") if shape.kind == "facts" else ()
    for missing in (column for column in (*needed, key) if not given.get(column)):
        scope.note(given.key or given.where, f"'{missing}' is missing: a table of {shape.kind} needs it")
    for useless in (column for column in (other, *(() if needed else ("id", "occurred_at"))) if given.get(column)):
        place = given.entries[useless]
        scope.note(place.key or place.where, f"'{useless}' has no place in a table of {shape.kind}")
    refuse_two_places(scope, given, shape.path, shape.name)
    columns = {column.name: column.type for column in read_properties(scope, _entries(given, key)).values()}
    return Table(
        name=name,
        kind=shape.kind,
        path=shape.path,
        catalog_name=shape.name,
        customer=shape.customer,
        columns=columns,
        id=shape.id,
        occurred_at=shape.occurred_at,
        changed_at=shape.changed_at,
        keep=_keep(scope, given),
        where=given.key or given.where,
    )


def _keep(scope: Scope, given: Given) -> int | None:
    try:
        return read_keep(scope, given.get("keep"))
    except RefusedError:
        return None


def refuse_two_places(scope: Scope, given: Given, path: str | None, name: str | None) -> None:
    if (path is None) == (name is None):
        scope.note(given.key or given.where, "exactly one of 'path' and 'name' says where the table is", "name is catalog.schema.table.")


def read_list(scope: Scope, name: str, given: Given, shape: ListShape) -> ListDocument:
    check_name(scope, given, name, "a list")
    refuse_two_places(scope, given, shape.path, shape.name)
    return ListDocument(name, shape.path, shape.name, shape.format, given.key or given.where)


def read_score(scope: Scope, name: str, given: Given) -> Type | None:
    check_name(scope, given, name, "a score model")
    try:
        kind = read_type(scope, given)
    except RefusedError:
        return None
    if not kind.is_numeric:
        scope.note(given, f"a score is a number, not {kind}", "Such as decimal(9,6).")
    return kind


# ---------------------------------------------------------------- the vocabulary
@dataclass(frozen=True)
class Declared:
    """What the files of a project declare, before it is one vocabulary."""

    events: Mapping[str, EventType]
    sources: Mapping[str, Source]
    tables: Mapping[str, Table]
    lists: Mapping[str, ListDocument]
    scores: Mapping[str, Type]


def make_vocabulary(scope: Scope, settings: Settings, declared: Declared) -> Vocabulary:
    """Places that set an attribute count in the order events (files by name), then tables: the later one wins at one instant."""
    facts = {
        name: FactKind(name, "event", object_of(event.properties), _kept(name, declared.sources, settings)) for name, event in declared.events.items()
    }
    for table in declared.tables.values():
        if table.name in facts:
            scope.note(table.where, f"'{table.name}' is an event already: facts have different names")
        if table.kind == "facts":
            facts[table.name] = FactKind(table.name, "table", Type("object", fields=tuple(table.columns.items())), table.keep or settings.keep)
    return Vocabulary(facts, _attributes(scope, declared.events, declared.tables), tuple(declared.lists), declared.scores, settings.time_zone)


def _kept(event: str, sources: Mapping[str, Source], settings: Settings) -> int | None:
    """The shortest time for which a source that may carry the event keeps it."""
    carrying = [source for source in sources.values() if not source.rows or any(row.to == event for row in source.rows)]
    limits = [source.keep or settings.keep for source in carrying]
    return min((limit for limit in limits if limit is not None), default=None)


def _attributes(scope: Scope, events: Mapping[str, EventType], tables: Mapping[str, Table]) -> dict[str, Attribute]:
    setters = [(event.name, event.sets_attributes, event.where) for event in events.values()]
    setters += [(table.name, table.columns, table.where) for table in tables.values() if table.kind == "attributes"]
    found: dict[str, Attribute] = {}
    for place, attributes, where in setters:
        for name, kind in attributes.items():
            if kind.name == "object":
                scope.note(where, f"the attribute '{name}' is an object: an attribute is one value or an array")
            known = found.get(name)
            if known is None:
                found[name] = Attribute(name, kind, (place,))
                continue
            if known.type != kind:
                scope.note(where, f"the attribute '{name}' is {kind} here and {known.type} in {known.places[0]}")
            found[name] = Attribute(name, known.type, (*known.places, place))
    return found
