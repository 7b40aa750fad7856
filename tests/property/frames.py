"""Facts of the oracle as rows of the lake's fact tables, so that the decision and the interpreter read the same history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from segmentation.rules.facts import Fact
from segmentation.rules.interpret.customer import hash_content
from segmentation.rules.types import Type
from segmentation.rules.vocabulary import Vocabulary
from segmentation.tables import EVENTS, LIST_ENTRIES, SCORES, VERSIONS, versions_of

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Told(Fact):
    """A row that says more than the fact: that it takes an event back, or since when its word changes something."""

    is_retracted: bool = False
    since: int | None = None


def instant(micros: int | None) -> dt.datetime | None:
    return None if micros is None else EPOCH + dt.timedelta(microseconds=micros)


def spark_value(value: Any, kind: Type) -> Any:
    if value is None:
        return None
    if kind.name == "timestamp":
        return instant(value)
    if kind.name == "array" and kind.element:
        return [spark_value(each, kind.element) for each in value]
    if kind.name == "object":
        return tuple(spark_value(value.get(name), field) for name, field in kind.fields)
    return value


def union_of_properties(vocabulary: Vocabulary, cause: str) -> Type:
    """All properties of all events in one object, attributes that events set among them."""
    fields: dict[str, Type] = {}
    for kind in vocabulary.facts.values():
        if kind.cause == cause:
            fields.update(kind.properties.fields)
    for attribute in vocabulary.attributes.values():
        if any(place in vocabulary.facts for place in attribute.places):
            fields.setdefault(attribute.name, attribute.type)
    return Type("object", fields=tuple(fields.items()))


def ddl(kind: Type) -> str:
    return ",".join(f"`{name}`:{field.spark}" for name, field in kind.fields) or "nothing:string"


def properties_row(fact: Fact, kind: Type) -> tuple[Any, ...]:
    return tuple(spark_value(fact.properties.get(name), field) for name, field in kind.fields) or (None,)


def tables_of(histories: Mapping[str, Iterable[Fact]]) -> set[str]:
    """The lake tables that hold these facts."""
    known = {"event": "events", "list": "list_entries", "score": "scores"}
    return {known.get(fact.cause) or versions_of(fact.kind) for facts in histories.values() for fact in facts}


def fact_frames(spark: SparkSession, vocabulary: Vocabulary, histories: Mapping[str, Iterable[Fact]], batch_id: int = 0) -> dict[str, DataFrame]:
    """Frames by lake table. `customer_key` is computed as the product does."""
    rows: dict[str, list[tuple[Any, ...]]] = {"events": [], "list_entries": [], "scores": []}
    schemas = {"events": union_of_properties(vocabulary, "event")}
    for name, kind in vocabulary.facts.items():
        if kind.cause == "table":
            rows[versions_of(name)] = []
            schemas[versions_of(name)] = kind.properties
    for attribute in vocabulary.attributes.values():
        for place in attribute.places:
            if place not in vocabulary.facts:
                known = dict(schemas[versions_of(place)].fields) if versions_of(place) in schemas else {}
                schemas[versions_of(place)] = Type("object", fields=tuple({**known, attribute.name: attribute.type}.items()))
                rows.setdefault(versions_of(place), [])
    for customer, facts in histories.items():
        for number, fact in enumerate(facts):
            table, row = _row(customer, number, fact, schemas)
            rows[table].append(row)
    layouts = {"events": EVENTS, "list_entries": LIST_ENTRIES, "scores": SCORES}
    frames = {}
    for table, values in rows.items():
        layout = layouts.get(table, VERSIONS)
        schema = layout.ddl(ddl(schemas[table])) if table in schemas else layout.ddl()
        frame = spark.createDataFrame(values, " ".join(schema.split()))
        frames[table] = frame.withColumns({"customer_key": F.xxhash64("customer_id"), "batch_id": F.expr(f"{batch_id}L")})
    return frames


def _row(customer: str, number: int, fact: Fact, schemas: Mapping[str, Type]) -> tuple[str, tuple[Any, ...]]:
    content = getattr(fact, "content_hash", 0) or hash_content(fact.properties)
    occurred, valid = instant(fact.occurred_at), instant(fact.valid_from)
    more = fact if isinstance(fact, Told) else Told(**vars(fact))
    if fact.cause == "event":
        nulls = [name for name, value in fact.properties.items() if value is None]
        values = properties_row(fact, schemas["events"])
        return "events", (0, customer, fact.kind, fact.fact_id, occurred, occurred, values, nulls, content, more.is_retracted, "test", str(number), 0)
    if fact.cause == "list":
        removed = instant(fact.valid_until)
        return "list_entries", (0, customer, fact.kind, occurred, removed, instant(more.since) or occurred, content, 0)
    if fact.cause == "score":
        band = fact.properties.get("band")
        return "scores", (0, customer, fact.kind, fact.fact_id, fact.properties.get("score"), band, fact.properties.get("bands"), occurred, 0)
    table = versions_of(fact.kind)
    values = properties_row(fact, schemas[table])
    return table, (0, customer, fact.fact_id, occurred, valid, fact.position, 0, values, content, fact.is_deleted, False, 0)
