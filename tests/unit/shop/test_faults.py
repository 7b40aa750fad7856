"""Each kind of bad line is bad in the way its name says, and in no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from segmentation.adapters.shop.behaviour import Happening
from segmentation.adapters.shop.faults import MALFORMED, envelope

AT = datetime(2026, 1, 5, 10, tzinfo=UTC)
GOOD = envelope(Happening("web", "cart_updated", "e1", "c1", AT, {"cart_id": "k", "value": 10.5}), AT)


def spoil(kind: str) -> dict:
    return json.loads(MALFORMED[kind](GOOD))


def test_a_broken_line_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        spoil("broken JSON")


def test_a_line_that_is_no_object_is_json_all_the_same() -> None:
    assert isinstance(spoil("not an object"), list)


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("no event id", "event_id", None),
        ("no customer", "customer_id", None),
        ("no time", "occurred_at", None),
        ("impossible date", "occurred_at", "2026-02-30T08:00:00Z"),
        ("absurd date", "occurred_at", "0026-02-03T08:00:00Z"),
        ("unknown event", "event", "cart_udpated"),
        ("wrong type", "properties.value", "a lot"),
        ("out of bounds", "properties.value", -5.25),
        ("missing property", "properties.cart_id", None),
        ("too far ahead", "occurred_at", (AT + timedelta(days=40)).isoformat(timespec="milliseconds").replace("+00:00", "Z")),
    ],
)
def test_one_thing_is_wrong_and_the_rest_is_as_it_was(kind: str, path: str, value: object) -> None:
    head, _, rest = path.partition(".")
    expected = {**GOOD, head: {**GOOD[head], rest: value} if rest else value}
    assert {**dict.fromkeys(expected), **spoil(kind)} == expected
