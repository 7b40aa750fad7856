"""Typed event, or refused with every reason: one pass over decoded rows."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from segmentation.definitions.documents import EventType, Source
from segmentation.events.checks import Check, property_checks, sentence, shown_text
from segmentation.events.columns import ARRIVED_AT, PAYLOAD, PAYLOAD_BYTES, POSITION, PROBLEM, REASONS, TEXTS, plan_properties, struct_ddl
from segmentation.events.typing_sql import struct_field, typed
from segmentation.rules.compile.sql import quote
from segmentation.rules.types import TIMESTAMP

EARLIEST = "timestamp_micros(0L)"
"""Nothing that a shop did lies before 1970: such instants are zeros and overflows."""
TYPED = "properties"
KEPT_CHARACTERS = 10_000
"""Of a payload that is too large, so much is kept in quarantine."""


def validate(decoded: DataFrame, source: Source, events: Mapping[str, EventType], fields_ddl: Mapping[str, str], max_ahead: int) -> DataFrame:
    """Columns of the table `events` (without batch_id), `reasons` (empty: the row is an event), `payload` and `payload_bytes`.

    `decoded` has a column `ingested_at`, the received_at of rows that have none. `fields_ddl` are the fields of `properties` in their
    order; one that the plan no longer has is null.
    Naive instants are read in the zone of the session that analyses this.
    """
    plan = plan_properties(events)
    fields = ", ".join(f"{quote(each)}, {typed(struct_field(TEXTS, each), plan[each]) if each in plan else 'null'}" for each in fields_ddl)
    values = decoded.selectExpr(
        "*",
        f"cast(named_struct({fields or quote('_') + ', null'}) as struct<{struct_ddl(fields_ddl)}>) as {TYPED}",
        f"{typed('occurred_text', TIMESTAMP)} as occurred_at",
        f"{typed('received_text', TIMESTAMP)} as received",
    ).selectExpr("*", f"coalesce(received, {ARRIVED_AT}, ingested_at) as received_at")
    return values.selectExpr(
        "xxhash64(customer_id) as customer_key", "customer_id", "event", "event_id", "occurred_at", "received_at", TYPED, "null_properties",
        f"{_content_hash()} as content_hash", "false as is_retracted", f"{quote(source.name)} as source", f"{POSITION} as source_position",
        f"if({PROBLEM} like 'payload of %', left({PAYLOAD}, {KEPT_CHARACTERS}), {PAYLOAD}) as payload", f"{PAYLOAD_BYTES} as payload_bytes",
        f"{_reasons(events, max_ahead)} as {REASONS}",
    )  # fmt: skip


def refuse(rows: DataFrame, source: Source) -> DataFrame:
    """Rows that are refused whole (files that cannot be read), with the columns of `validate` that they have."""
    return rows.selectExpr(
        f"{quote(source.name)} as source", f"{POSITION} as source_position", f"{PAYLOAD} as payload", f"{PAYLOAD_BYTES} as payload_bytes",
        "ingested_at as received_at", f"array({PROBLEM}) as {REASONS}",
    )  # fmt: skip


def _content_hash() -> str:
    """Of what the event says, not of how it came. JSON names the fields: a hash of values alone would not see which one is null."""
    return f"xxhash64(event, to_json(struct(unix_micros(occurred_at) as at, {TYPED} as p, array_sort(null_properties) as n)))"


def _reasons(events: Mapping[str, EventType], max_ahead: int) -> str:
    checks = [*envelope_checks(list(events), max_ahead), *_plan_checks(events)]
    cases = ",\n".join(f"case when {condition} then {words} end" for condition, words in checks)
    return f"case when {PROBLEM} is not null then array({PROBLEM}) else filter(array({cases}), x -> x is not null) end"


def envelope_checks(names: list[str], max_ahead: int) -> list[Check]:
    known = ", ".join(map(quote, names)) or "''"
    ahead = max_ahead // 1_000_000
    return [
        ("trim(coalesce(customer_id, '')) = ''", quote("customer_id is missing")),
        ("trim(coalesce(event_id, '')) = ''", quote("event_id is missing")),
        ("trim(coalesce(event, '')) = ''", quote("event is missing")),
        (f"trim(event) != '' and event not in ({known})", sentence("unknown event ", shown_text("event"), "")),
        ("trim(coalesce(occurred_text, '')) = ''", quote("occurred_at is missing")),
        ("trim(occurred_text) != '' and occurred_at is null", sentence("occurred_at: ", shown_text("occurred_text"), " is not an instant")),
        ("trim(received_text) != '' and received is null", sentence("received_at: ", shown_text("received_text"), " is not an instant")),
        (f"occurred_at < {EARLIEST}", sentence("occurred_at: ", shown_text("occurred_text"), " is before 1970")),
        (
            f"unix_micros(occurred_at) - unix_micros(received_at) > {max_ahead}L",
            sentence("occurred_at: ", shown_text("occurred_text"), f" is more than {ahead} seconds after the event was received"),
        ),
    ]


def _plan_checks(events: Mapping[str, EventType]) -> list[Check]:
    """Each check once, for all events that ask for it."""
    asked: dict[Check, list[str]] = {}
    for event in events.values():
        for each in event.properties.values():
            for check in property_checks(each, TYPED):
                asked.setdefault(check, []).append(event.name)
    return [(f"event in ({', '.join(map(quote, names))}) and ({condition})", words) for (condition, words), names in asked.items()]
