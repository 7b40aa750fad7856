"""The fact tables as rows of one shape: kind, instants, bits of the rules they pass, and the few values rules read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from segmentation.rules.compile.bits import FactBit
from segmentation.rules.compile.program import Program
from segmentation.rules.compile.registry import LIST, SCORE, Slot
from segmentation.rules.compile.selections import fixed_where_sql
from segmentation.rules.compile.sql import FOREVER, literals, name
from segmentation.rules.facts import CAUSES
from segmentation.rules.values import Match
from segmentation.rules.vocabulary import Vocabulary

CAUSE_NUMBER = {cause: number for number, cause in enumerate(CAUSES)}


@dataclass(frozen=True)
class FactSource:
    """One table of facts. `kind` is SQL text; `kinds` what it can yield. `o1`, `o2` order copies or versions of one fact."""

    kinds: tuple[str, ...]
    kind: str
    cause: str
    id: str
    occ: str
    valid_from: str
    until: str
    o1: str
    o2: str
    position: str
    is_deleted: str
    is_retracted: str
    keeps: str
    """`first` copy only, or every `version`."""


EVENTS = FactSource(
    (), "event", "event", "event_id", "unix_micros(occurred_at)", "unix_micros(occurred_at)", f"{FOREVER}L", "unix_micros(occurred_at)",
    "content_hash", "0L", "false", "coalesce(is_retracted, false)", "first",
)  # fmt: skip
SCORES = FactSource(
    (), f"concat('{SCORE}', model)", "score", "coalesce(model_version, '')", "unix_micros(published_at)", "unix_micros(published_at)",
    f"{FOREVER}L", "unix_micros(published_at)", "-batch_id", "0L", "false", "false", "first",
)  # fmt: skip
LIST_ENTRIES = FactSource(
    (), f"concat('{LIST}', list)", "list", "cast(added_at as string)", "unix_micros(added_at)", "unix_micros(added_at)",
    f"coalesce(unix_micros(removed_at), {FOREVER}L)", "-batch_id", "content_hash", "0L", "false", "false", "first",
)  # fmt: skip


def table_source(table: str, is_attributes: bool) -> FactSource:
    """The versions of a declared table: rows of an attributes table say something from valid_from on and are never superseded."""
    occ = "unix_micros(valid_from)" if is_attributes else "unix_micros(occurred_at)"
    return FactSource(
        (table,), f"'{table}'", "attribute" if is_attributes else "table", "fact_id", occ, "unix_micros(valid_from)", f"{FOREVER}L",
        "commit", "position", "commit * 1000000L + position", "is_deleted", "false", "every" if is_attributes else "version",
    )  # fmt: skip


def project(frame: DataFrame, source: FactSource, program: Program, vocabulary: Vocabulary) -> DataFrame:
    """Rows of the shape that `assemble` unites.

    customer_key, customer_id, from_us, start_us, as_of_us, kind, cause, id, occ, begin, until, o1, o2, position, place, is_deleted,
    is_retracted, keeps, m*, s*, v* (values matched on), y* (whether the row says an attribute).
    """
    properties = _property_paths(frame.schema)
    place_numbers = {place: number for number, place in enumerate(dict.fromkeys(p for places in program.places.values() for p in places))}
    place = " ".join(f"when '{kind}' then {number}" for kind, number in place_numbers.items())
    base = [
        "customer_key", "customer_id", "from_us", "start_us", "as_of_us", f"{source.kind} as kind", f"{CAUSE_NUMBER[source.cause]} as cause",  # type: ignore[index]
        f"{source.id} as id", f"{source.occ} as occ", f"greatest({source.occ}, {source.valid_from}) as begin",
        f"{source.valid_from} as valid_from", f"{source.until} as until", f"cast({source.o1} as bigint) as o1",
        f"cast({source.o2} as bigint) as o2", f"cast({source.position} as bigint) as position",
        f"cast(case {source.kind} {place} else -1 end as int) as place" if place else "-1 as place",
        f"coalesce({source.is_deleted}, false) as is_deleted", f"{source.is_retracted} as is_retracted", f"'{source.keeps}' as keeps",
    ]  # fmt: skip
    return frame.selectExpr(
        *base,
        *_words(source, program, vocabulary, properties),
        *(f"{_slot(slot, source, properties)} as {slot.column}" for slot in program.slots),
        *(f"{_matched_value(match, source, properties)} as v{column[1:]}" for match, column in program.matches),
        *(f"{_says(attribute, source, properties)} as y_{slot.column}" for attribute, _, slot in program.attributes),
    )


def _property_paths(schema: StructType) -> Mapping[str, str]:
    """Dotted path -> SQL of every property the table has; scores carry theirs as columns."""
    found: dict[str, str] = {}
    for field in schema.fields:
        if field.name == "properties" and isinstance(field.dataType, StructType):
            found.update(_paths(field.dataType, ("properties",)))
        if field.name in ("score", "band"):
            found[f"{SCORE}{field.name}"] = field.name
    return found


def _paths(schema: StructType, above: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    for field in schema.fields:
        path = (*above, field.name)
        sql = name(*path)
        yield ".".join(path[1:]), f"unix_micros({sql})" if field.dataType.simpleString() == "timestamp" else sql
        if isinstance(field.dataType, StructType):
            yield from _paths(field.dataType, path)


def _slot(slot: Slot, source: FactSource, properties: Mapping[str, str]) -> str:
    """A row taken away from an attributes table says null for all that it had said, whatever it still carries."""
    found = properties.get(slot.path, "null")
    if source.cause == "attribute":
        found = f"if({source.is_deleted}, null, {found})"
    return f"cast({found} as {slot.sql_type})"


def _matched_value(match: Match, source: FactSource, properties: Mapping[str, str]) -> str:
    """The value as text, equal where the values are: 3, 3.0 and 3.00 are one number. A row that is gone matches nothing."""
    text = f"cast({properties[match.on]} as string)" if match.on in properties else "cast(null as string)"
    if match.type.is_numeric:
        text = f"if(contains({text}, '.'), trim(trailing '.' from trim(trailing '0' from {text})), {text})"
    return f"if({source.is_deleted} or {source.is_retracted}, null, {text})"


def _says(attribute: str, source: FactSource, properties: Mapping[str, str]) -> str:
    """A row of a table says every attribute it declares; an event says what it carries, an explicit null included."""
    if attribute not in properties:
        return "false"
    if source.cause == "attribute":
        return "true"
    return f"({properties[attribute]} is not null or coalesce(array_contains(null_properties, '{attribute}'), false))"


def _words(source: FactSource, program: Program, vocabulary: Vocabulary, properties: Mapping[str, str]) -> Iterable[str]:
    """m0.., the bits a row has by itself. A deleted version has none: it only ends its predecessor."""
    for word in range(program.words):
        bits = [bit for bit in program.bits if bit.word == f"m{word}" and bit.attribute is None and _yields(source, bit, vocabulary)]
        terms = " | ".join(f"if({_passes(source, bit, properties)}, {bit.mask}L, 0L)" for bit in bits) or "0L"
        yield f"if({source.is_deleted} or {source.is_retracted}, 0L, {terms}) as m{word}"


def _yields(source: FactSource, bit: FactBit, vocabulary: Vocabulary) -> bool:
    if source.kinds:
        return source.kinds[0] in bit.kinds
    cause = source.cause
    if cause == "event":
        return any(kind in vocabulary.facts and vocabulary.facts[kind].cause == "event" for kind in bit.kinds)
    return any(kind.startswith(LIST if cause == "list" else SCORE) for kind in bit.kinds)


def _passes(source: FactSource, bit: FactBit, properties: Mapping[str, str]) -> str:
    is_kind = "true" if source.kinds else f"{source.kind} in ({literals(bit.kinds)})"
    columns = {test.path: properties.get(test.path, f"cast(null as {_cast(test)})") for test in bit.where}
    return f"({is_kind} and {fixed_where_sql(bit.where, columns)})"


def _cast(test: object) -> str:
    kind = test.type  # type: ignore[attr-defined]
    return "bigint" if kind.name == "timestamp" else str(kind.spark)
