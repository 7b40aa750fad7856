"""The embedded shop's days as facts, read by plain Python: what ingestion and capture must find."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from segmentation.adapters.shop.behaviour import OrderRow
from segmentation.adapters.shop.faults import MALFORMED
from segmentation.adapters.shop.generator import Shop
from segmentation.adapters.shop.people import CustomerRow
from segmentation.rules.facts import Fact

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def read_facts(shop: Shop, days_of_step: int | None = None) -> dict[str, list[Fact]]:
    """Customer -> their facts: events as they were sent, the versions of their orders, their rows in the CRM.

    Without `days_of_step` every version there was; with it those that are seen when the tables are read after so many days each.
    """
    facts: dict[str, list[Fact]] = defaultdict(list)
    for day in shop.days():
        for arrival in day.arrivals:
            if arrival.kind not in MALFORMED:
                event = json.loads(arrival.line, parse_float=Decimal)
                facts[event["customer_id"]].append(_event(event))
    steps = list(shop.steps(days_of_step or 1))
    for versions in _seen([[row for day in step for row in day.orders] for step in steps], "order_id", days_of_step is not None):
        facts[versions[0].customer_id].extend(_versions(versions))
    for rows in _seen([[row for day in step for row in day.customers] for step in steps], "customer_id", days_of_step is not None):
        facts[rows[0].customer_id].extend(_attributes(row) for row in rows)
    return facts


def _seen(steps: list[list[Any]], key: str, last_only: bool) -> Iterable[list[Any]]:
    """The states of each row in order; with `last_only` the last of each step."""
    states: dict[str, list[Any]] = defaultdict(list)
    for rows in steps:
        shown = {getattr(row, key): row for row in rows}.values() if last_only else rows
        for row in shown:
            states[getattr(row, key)].append(row)
    return states.values()


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
