"""What goes wrong between the customer and the files: each kind of bad line, made on purpose and in known number."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from segmentation.adapters.shop.behaviour import Happening

Envelope = dict[str, Any]


def format_instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def envelope(one: Happening, received_at: datetime) -> Envelope:
    """An event as sources send it; see the language document, section 2."""
    return {
        "event_id": one.event_id,
        "event": one.event,
        "customer_id": one.customer_id,
        "occurred_at": format_instant(one.occurred_at),
        "received_at": format_instant(received_at),
        "properties": dict(one.properties),
    }


def to_line(given: Envelope) -> str:
    return json.dumps(given, separators=(",", ":"))


def _without(key: str) -> Callable[[Envelope], str]:
    return lambda given: to_line({name: value for name, value in given.items() if name != key})


def _with(**changed: Any) -> Callable[[Envelope], str]:
    return lambda given: to_line({**given, **changed})


def _with_property(**changed: Any) -> Callable[[Envelope], str]:
    return lambda given: to_line({**given, "properties": {**given["properties"], **changed}})


def _days_later(days: int) -> Callable[[Envelope], str]:
    return lambda given: to_line({**given, "occurred_at": format_instant(datetime.fromisoformat(given["received_at"]) + timedelta(days=days))})


MALFORMED: Mapping[str, Callable[[Envelope], str]] = {
    "broken JSON": lambda given: to_line(given)[:-20],
    "not an object": lambda given: json.dumps([given["event"], given["customer_id"]]),
    "no event id": _without("event_id"),
    "no customer": _with(customer_id=None),
    "no time": _without("occurred_at"),
    "impossible date": _with(occurred_at="2026-02-30T08:00:00Z"),
    "absurd date": _with(occurred_at="0026-02-03T08:00:00Z"),
    "unknown event": _with(event="cart_udpated"),
    "wrong type": _with_property(value="a lot"),
    "out of bounds": _with_property(value=-5.25),
    "missing property": _with_property(cart_id=None),
    "too far ahead": _days_later(40),
}
"""Name of the fault -> the line made of a good `cart_updated`. Every one of them belongs into quarantine."""
