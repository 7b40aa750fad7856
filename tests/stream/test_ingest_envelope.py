"""JSON lines in: exact types, every reason, no line lost."""

from __future__ import annotations

import pytest

from segmentation.adapters.lake import Lake
from segmentation.pipelines.ingest_write import Figures
from tests.ingest_shop import IngestShop, event

pytestmark = pytest.mark.spark


@pytest.fixture
def shop(spark, lake, tmp_path) -> IngestShop:
    return IngestShop.at(Lake(spark, lake), tmp_path / "conf")


def test_values_arrive_in_their_declared_types_exactly_as_they_were_written(shop):
    shop.drop(
        "a.json",
        '{"event_id": "1", "event": "cart_updated", "customer_id": "ann", "occurred_at": "2026-03-01T10:00:00.123456Z", "properties": '
        '{"cart_id": "c1", "value": 1234567890.10, "items": 3.0, "sizes": [38, null, 40], "opened_on": "2026-02-28", '
        '"seen_at": "2026-07-01 10:00:00", "product": {"category": "shoes", "price": 19.90, "colour": "red"}}}',
    )
    assert shop.ingest() == Figures(1, 1, 0, 0, 0)
    assert shop.given() == [
        {
            "cart_id": "c1", "value": "1234567890.10", "items": 3, "sizes": [38, None, 40], "opened_on": "2026-02-28",
            "seen_at": "2026-07-01T09:00:00.000Z", "product": {"category": "shoes", "price": "19.90"},
        }
    ]  # fmt: skip
    assert shop.events()[0]["at"] == "2026-03-01 10:00:00.123456"


def test_an_instant_without_an_offset_is_read_in_the_zone_of_the_source(shop):
    shop.drop("a.json", event("1", "2026-07-01T10:00:00"), event("2", "2026-01-01T10:00:00+05:00"))
    shop.ingest()
    assert [row["at"] for row in shop.events()] == ["2026-07-01 09:00:00", "2026-01-01 05:00:00"]


WRONG = {
    "property cart_id is missing": {"cart_id": None},
    "property value: '-0.01' is less than 0": {"value": -0.01},
    "property value: 'abc' is not a decimal(12,2)": {"value": "abc"},
    "property value: '1.005' is not a decimal(12,2)": {"value": 1.005},
    "property value: '99999999999.99' is not a decimal(12,2)": {"value": 99999999999.99},
    "property value: 'true' is not a decimal(12,2)": {"value": True},
    "property items: '1.5' is not an integer": {"items": 1.5},
    "property items: '0' is less than 1": {"items": 0},
    "property items: '100' is more than 99": {"items": 100},
    "property device: 'fridge' is none of phone, desktop": {"device": "fridge"},
    "property cart_id: '{\"os\":1}' is not a string": {"cart_id": {"os": 1}},
    "property sizes: '[1,\"x\"]' is not an array<integer>": {"sizes": [1, "x"]},
    "property sizes: '7' is not an array<integer>": {"sizes": 7},
    "property opened_on: '2026-02-30' is not a date": {"opened_on": "2026-02-30"},
    "property seen_at: '12:30' is not a timestamp": {"seen_at": "12:30"},
    "property product: 'shoes' is not an object<category:string,price:decimal(10,2)>": {"product": "shoes"},
    'property product: \'{"price":"dear"}\' is not an object<category:string,price:decimal(10,2)>': {"product": {"price": "dear"}},
}


def test_every_wrong_property_is_refused_with_its_own_reason(shop):
    shop.drop("a.json", *(event(str(number), **properties) for number, properties in enumerate(WRONG.values())))
    assert shop.ingest() == Figures(len(WRONG), 0, 0, 0, len(WRONG))
    assert shop.reasons() == dict.fromkeys(WRONG, 1)


ENVELOPES = {
    "customer_id is missing": {"customer_id": " "},
    "event_id is missing": {"event_id": None},
    "event is missing": {"event": None},
    "unknown event 'cart_updatd'": {"event": "cart_updatd"},
    "occurred_at is missing": {"occurred_at": None},
    "occurred_at: 'yesterday' is not an instant": {"occurred_at": "yesterday"},
    "occurred_at: '1772359200' is not an instant": {"occurred_at": 1772359200},
    "occurred_at: '1969-12-31T23:59:59Z' is before 1970": {"occurred_at": "1969-12-31T23:59:59Z"},
    "occurred_at: '2026-03-02T23:00:00.000001Z' is more than 86400 seconds after the event was received": {
        "occurred_at": "2026-03-02T23:00:00.000001Z"
    },
    "received_at: 'soon' is not an instant": {"received_at": "soon"},
    "properties is not an object": {"properties": [1]},
}


def test_every_wrong_envelope_is_refused_with_its_own_reason(shop):
    shop.drop("a.json", *({**event(str(number)), **wrong} for number, wrong in enumerate(ENVELOPES.values())))
    assert shop.ingest().quarantined == len(ENVELOPES)
    assert shop.reasons() == dict.fromkeys(ENVELOPES, 1)


def test_an_event_dated_exactly_max_ahead_after_its_arrival_is_taken(shop):
    shop.drop("a.json", {**event("1"), "occurred_at": "2026-03-02T23:00:00Z"})
    assert shop.ingest().events == 1


def test_all_reasons_of_a_row_are_given_at_once(shop):
    shop.drop("a.json", {**event("1", value=-1, items=0), "customer_id": ""})
    shop.ingest()
    assert set(shop.reasons()) == {"customer_id is missing", "property value: '-1.00' is less than 0", "property items: '0' is less than 1"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "not JSON"),
        ('{"event_id": "1"', "not JSON"),
        ('{"event_id": "1"} {"event_id": "2"}', "not JSON"),
        ('{"event_id": "1", "event_id": "2"}', "not JSON"),
        ("[1]", "not one JSON object"),
        ("{},{}", "not one JSON object"),
        ("null", "not one JSON object"),
    ],
)
def test_a_line_that_is_no_json_object_is_kept_as_it_came(shop, line, reason):
    shop.drop("a.json", line)
    shop.ingest()
    kept = shop.lake.read("quarantine").collect()
    assert [(row.payload, row.reasons, row.source_position.rsplit("/", 1)[1]) for row in kept] == [(line, [reason], "a.json#1")]


def test_a_payload_of_five_megabytes_is_not_parsed_and_its_beginning_is_kept(shop):
    shop.drop("a.json", event("1", note="x" * 5_000_000), event("2"))
    assert shop.ingest() == Figures(2, 1, 0, 0, 1)
    row = shop.lake.read("quarantine").first()
    assert row.payload_bytes > 5_000_000
    assert (len(row.payload), row.payload[:14]) == (10_000, '{"event_id": "')
    assert row.reasons == [f"payload of {row.payload_bytes} bytes is larger than the 1000000 that are allowed"]


def test_a_null_that_an_event_writes_for_an_attribute_is_kept_apart_from_an_absent_one(shop):
    shop.drop("a.json", event("1", event="identified", tier=None), event("2", event="identified", vip=True), event("3", items=None))
    shop.ingest()
    assert [row["null_properties"] for row in shop.events()] == [["tier"], [], []]


def test_blank_lines_are_no_rows_but_count_as_lines(shop):
    shop.drop("a.json", "", event("1"), "   ", "broken")
    assert shop.ingest() == Figures(2, 1, 0, 0, 1)
    assert shop.lake.read("quarantine").first().source_position.endswith("a.json#4")
