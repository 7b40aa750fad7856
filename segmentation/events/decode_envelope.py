"""Our own envelope, one JSON object a row: its keys and properties as text, exactly as they were written."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.definitions.documents import EventType, Source
from segmentation.events.columns import FILE, PAYLOAD, PAYLOAD_BYTES, PROBLEM, RAW_COLUMNS, TEXTS, WRONG_KINDS, plan_properties
from segmentation.events.typing_sql import variant_at
from segmentation.rules.compile.sql import quote

TEXT_KEYS = ("event", "event_id", "customer_id", "occurred_at", "received_at")
ROOT = "_root"
PROPERTIES = "_given"


def decode_envelope(raw: DataFrame, _source: Source, events: Mapping[str, EventType], max_payload_bytes: int) -> DataFrame:
    """Rows of the source with event, event_id, customer_id, occurred_text, received_text, _texts, _wrong_kinds, null_properties.

    JSON is read as a variant: it keeps decimals as they were written, where from_json would take them through a double. Brackets around
    the payload make anything after the object an error. A payload above `max_payload_bytes` is not parsed at all.
    """
    is_small = f"{PAYLOAD_BYTES} <= {max_payload_bytes}"
    parsed = raw.withColumn("_json", F.expr(f"case when {is_small} then try_parse_json(concat('[', {PAYLOAD}, ']')) end"))
    rooted = parsed.withColumn(ROOT, F.expr("case when variant_get(_json, '$[1]', 'variant') is null then variant_get(_json, '$[0]', 'variant') end"))
    given = rooted.withColumn(PROPERTIES, F.expr(variant_at(ROOT, "properties"))).withColumn(PROBLEM, F.expr(_problem(max_payload_bytes)))
    types = plan_properties(events)
    return given.selectExpr(
        *(column for column in RAW_COLUMNS if column != FILE),
        *(f"cast({variant_at(ROOT, key)} as string) as {KEYS.get(key, key)}" for key in TEXT_KEYS),
        f"{_struct(types)} as {TEXTS}",
        f"{_wrong_kinds([name for name, kind in types.items() if kind.name == 'string'])} as {WRONG_KINDS}",
        f"{_explicit_nulls(events)} as null_properties",
    )


KEYS = {"occurred_at": "occurred_text", "received_at": "received_text"}


def _problem(max_payload_bytes: int) -> str:
    """The one reason for which nothing can be read from the payload; what the reader said wins."""
    kind = f"schema_of_variant({ROOT})"
    return f"""case
        when {PROBLEM} is not null then {PROBLEM}
        when {PAYLOAD_BYTES} > {max_payload_bytes}
            then concat('payload of ', {PAYLOAD_BYTES}, ' bytes is larger than the {max_payload_bytes} that are allowed')
        when _json is null then 'not JSON'
        when {ROOT} is null or {kind} not like 'OBJECT%' then 'not one JSON object'
        when schema_of_variant({PROPERTIES}) not like 'OBJECT%' and not is_variant_null({PROPERTIES}) then 'properties is not an object' end"""


def _struct(names: Mapping[str, object]) -> str:
    fields = ", ".join(f"{quote(name)}, cast({variant_at(PROPERTIES, name)} as string)" for name in names)
    return f"named_struct({fields or quote('_') + ', string(null)'})"


def _wrong_kinds(names: list[str]) -> str:
    """A number without a fraction may stand for a string, as ids often do; all other kinds would change by becoming text."""
    allowed = "('STRING', 'BIGINT', 'VOID')"
    checks = ", ".join(f"case when schema_of_variant({variant_at(PROPERTIES, name)}) not in {allowed} then {quote(name)} end" for name in names)
    return f"filter(array({checks}), x -> x is not null)" if names else "cast(array() as array<string>)"


def _explicit_nulls(events: Mapping[str, EventType]) -> str:
    """Attributes that the event sets to null: a null that was written, not an absent key."""
    setting: dict[str, list[str]] = {}
    for event in events.values():
        for attribute in event.sets_attributes:
            setting.setdefault(attribute, []).append(event.name)
    event_name = f"cast({variant_at(ROOT, 'event')} as string)"
    checks = [
        f"case when {event_name} in ({', '.join(map(quote, names))}) and is_variant_null({variant_at(PROPERTIES, each)}) then {quote(each)} end"
        for each, names in setting.items()
    ]
    return f"filter(array({', '.join(checks)}), x -> x is not null)" if checks else "cast(array() as array<string>)"
