"""Inline tests as written -> facts with values in their declared types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from segmentation.definitions.documents import InlineFact, InlineTest, Table, Trait
from segmentation.definitions.shapes import TestShape
from segmentation.issues import suggest
from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.instants import read_instant
from segmentation.rules.parse.operands import read_operand
from segmentation.rules.parse.scope import RefusedError, Scope
from segmentation.rules.types import INTEGER, STRING, TIMESTAMP, Type
from segmentation.rules.values import RankValue
from segmentation.rules.vocabulary import Vocabulary

KEYS = ("occurred_at", "changed_at", "is_deleted", "fact_id")


@dataclass(frozen=True)
class Place:
    """What a fact of a test may be: its cause and the properties it may give; `bands`: in how many a trait is ranked."""

    cause: Any
    properties: Type
    id: str | None = None
    bands: int | None = None


def places(vocabulary: Vocabulary, tables: Mapping[str, Table], traits: Iterable[Trait] = ()) -> dict[str, Place]:
    """Name -> place, for everything that begins in time; a ranking is published under the name of the trait it ranks."""
    ranks = {trait.value.of: trait.value.bands for trait in traits if isinstance(trait.value, RankValue)}
    found = {name: Place("score", _object(band=INTEGER, bands=INTEGER), bands=bands) for name, bands in ranks.items()}
    found |= {
        name: Place("score", _object(score=kind, band=INTEGER, bands=INTEGER), bands=ranks.get(name)) for name, kind in vocabulary.scores.items()
    }
    found |= {name: Place("list", _object(removed_at=TIMESTAMP)) for name in vocabulary.lists}
    found |= {table.name: Place("attribute", _object(**table.columns)) for table in tables.values()}
    for name, kind in vocabulary.facts.items():
        own = tables[name].id if name in tables else None
        fields = kind.properties.fields
        extra = ((own, STRING),) if own and own not in dict(fields) else ()
        found[name] = Place(kind.cause, Type("object", fields=(*fields, *extra)), own)
    return found


def _object(**fields: Type) -> Type:
    return Type("object", fields=tuple(fields.items()))


def read_tests(scope: Scope, given: Given | None, shapes: list[TestShape], known: Mapping[str, Place]) -> tuple[InlineTest, ...]:
    tests = []
    for place, shape in zip(given.items if given else (), shapes, strict=True):
        try:
            at = read_instant(scope, place.entries["at"], scope.zone)
        except RefusedError:
            at = 0
        facts = place.get("facts")
        read = [_fact(scope, item, known) for item in (facts.items if facts else ())]
        tests.append(InlineTest(shape.name, at, tuple(fact for fact in read if fact), shape.expect, place.where))
    return tuple(tests)


def _fact(scope: Scope, given: Given, known: Mapping[str, Place]) -> InlineFact | None:
    try:
        return _read_fact(scope, given, known)
    except RefusedError:
        return None


def _read_fact(scope: Scope, given: Given, known: Mapping[str, Place]) -> InlineFact:
    names = [key for key in given.entries if key not in KEYS]
    for name in names if len(names) > 1 else ():
        if name not in known and suggest(name, KEYS):
            wrong = given.entries[name]
            raise scope.refuse(wrong.key or wrong.where, f"unknown key '{name}'", suggest(name, KEYS))
    if len(names) != 1:
        raise scope.refuse(given, f"expected one fact such as {{orders: {{total: 250}}, occurred_at: ...}}, found {in_words(given)}")
    name, entry = names[0], given.entries[names[0]]
    if name not in known:
        raise scope.refuse(entry.key or entry.where, f"unknown fact '{name}'", suggest(name, known))
    place = known[name]
    occurred, changed, deleted = given.get("occurred_at"), given.get("changed_at"), given.get("is_deleted")
    if occurred is None and (changed is None or place.cause != "attribute"):
        raise scope.refuse(given, "'occurred_at' is missing")
    changed_at = read_instant(scope, changed, scope.zone) if changed else None
    properties = _properties(scope, _with_text_id(entry, place.id), place.properties)
    if "band" in properties and place.bands is not None:
        properties.setdefault("bands", place.bands)
    return InlineFact(
        name=name,
        cause=place.cause,
        occurred_at=read_instant(scope, occurred, scope.zone) if occurred else changed_at or 0,
        changed_at=changed_at,
        properties=properties,
        is_deleted=bool(deleted.value) if deleted else False,
        fact_id=_fact_id(given, properties, place.id),
        where=given.where,
    )


def _with_text_id(given: Given, column: str | None) -> Given:
    """An id is text whatever its column holds: order 17 is order "17"."""
    own = given.get(column) if column else None
    if own is None or column is None or isinstance(own.value, bool) or not isinstance(own.value, int):
        return given
    return replace(given, value={**given.entries, column: replace(own, value=own.text)})


def _fact_id(given: Given, properties: dict[str, Any], column: str | None) -> str | None:
    written = given.get("fact_id")
    if written is not None:
        return str(written.value)
    own = properties.get(column) if column else None
    return None if own is None else str(own)


def _properties(scope: Scope, given: Given, kind: Type) -> dict[str, Any]:
    if given.value is None:
        return {}
    if not isinstance(given.value, dict):
        raise scope.refuse(given, f"expected a mapping of properties, found {in_words(given)}")
    fields, found = dict(kind.fields), {}
    for name, entry in given.entries.items():
        if name not in fields:
            hint = suggest(name, fields) or (f"Known: {', '.join(fields)}." if fields else "")
            scope.note(entry.key or entry.where, f"unknown property '{name}'", hint)
            continue
        try:
            found[name] = _value(scope, entry, fields[name])
        except RefusedError:
            continue
    return found


def _value(scope: Scope, entry: Given, kind: Type) -> Any:
    """A value of a declared type; nothing is a missing value."""
    if entry.value is None:
        return None
    if kind.name == "object":
        return _properties(scope, entry, kind)
    if kind.name == "array":
        if not isinstance(entry.value, list):
            raise scope.refuse(entry, f"expected a list, found {in_words(entry)}")
        return tuple(_value(scope, item, kind.element or STRING) for item in entry.items)
    return read_operand(scope, entry, kind, scope.zone)
