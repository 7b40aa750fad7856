"""The embedded shop's days as facts, read by plain Python: what ingestion and capture must find."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from segmentation.adapters.shop.behaviour import OrderRow
from segmentation.adapters.shop.faults import MALFORMED
from segmentation.adapters.shop.generator import Shop
from segmentation.adapters.shop.people import CustomerRow
from segmentation.rules.facts import Fact

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def read_facts(shop: Shop) -> dict[str, list[Fact]]:
    """Customer -> their facts: events as they were sent, every version of their orders, every row of theirs in the CRM."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    for day in shop.days():
        for arrival in day.arrivals:
            if arrival.kind not in MALFORMED:
                event = json.loads(arrival.line, parse_float=Decimal)
                facts[event["customer_id"]].append(_event(event))
    orders = defaultdict(list)
    for row in (row for day in shop.days() for row in day.orders):
        orders[row.order_id].append(row)
    for versions in orders.values():
        facts[versions[0].customer_id].extend(_versions(versions))
    for person in shop.people:
        facts[person.customer_id].extend(_attributes(row) for row in person.rows)
    return facts


def _event(event: dict) -> Fact:
    at = to_micros(datetime.fromisoformat(event["occurred_at"]))
    return Fact(event["event"], "event", event["event_id"], at, at, properties=event["properties"])


def _versions(rows: list[OrderRow]) -> list[Fact]:
    """An order is valid from its placing, each later version from its change to the next."""
    starts = [to_micros(rows[0].ordered_at), *(to_micros(row.updated_at) for row in rows[1:])]
    spans = pairwise([*starts, None])
    return [
        Fact(
            "orders",
            "table",
            row.order_id,
            starts[0],
            start,
            until,
            {"total": Decimal(row.total) / 100, "status": row.status, "channel": row.channel},
        )
        for row, (start, until) in zip(rows, spans, strict=True)
    ]


def _attributes(row: CustomerRow) -> Fact:
    at = to_micros(row.updated_at)
    values = {name: value for name, value in dataclasses.asdict(row).items() if name not in ("customer_id", "updated_at")}
    return Fact("customers", "attribute", row.customer_id, at, at, properties=values)
