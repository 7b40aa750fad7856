"""Rows of other people's files: mapped, numbered where asked for, and refused where they do not fit."""

from __future__ import annotations

import pytest

from segmentation.adapters.lake import Lake
from segmentation.issues import UserError
from segmentation.pipelines.ingest_write import Figures
from tests.ingest_shop import TILL, IngestShop

pytestmark = pytest.mark.spark

HEADER = "Ref,Item,Quantity,Price,Date,Customer"


@pytest.fixture
def tables(spark, lake) -> Lake:
    return Lake(spark, lake)


def test_text_columns_are_numbers_where_a_number_is_asked_for_and_exact(tables, tmp_path):
    shop = IngestShop.at(tables, tmp_path / "conf", source="till")
    shop.drop("1.csv", HEADER, "7,shoes,3,0.1,2026-07-01 10:00:00,ann", inbox="till")
    assert shop.ingest() == Figures(1, 1, 0, 0, 0)
    assert shop.given() == [{"cart_id": "7", "value": "0.30", "items": 3, "product": {"category": "shoes"}}]
    assert shop.events()[0]["at"] == "2026-07-01 09:00:00"  # British summer time


def test_the_first_mapping_that_is_true_decides_and_a_row_that_none_takes_is_refused(tables, tmp_path):
    shop = IngestShop.at(tables, tmp_path / "conf", source="till")
    shop.drop("1.csv", HEADER, "tier,gold,0,0,2026-07-01,ann", "8,shoes,-1,5,2026-07-01,ann", "8,shoes,x,5,2026-07-01,ann", inbox="till")
    assert shop.ingest() == Figures(3, 1, 0, 0, 2)
    assert [(row["event"], row["given"]) for row in shop.events()] == [("identified", '{"tier":"gold"}')]
    assert shop.reasons() == {"no mapping takes this row: every when is false": 2}


def test_equal_rows_are_one_event_or_numbered_as_the_mapping_says(tables, tmp_path):
    row = "7,shoes,3,1,2026-07-01 10:00:00,ann"
    one = IngestShop.at(tables, tmp_path / "conf", source="till", repeats="one")
    one.drop("1.csv", HEADER, row, row, row, inbox="till")
    assert one.ingest() == Figures(3, 1, 2, 0, 0)
    each = IngestShop.at(tables, tmp_path / "conf", source="till", repeats="each")
    each.drop("2.csv", HEADER, row, row, inbox="till")
    assert each.ingest() == Figures(2, 1, 1, 0, 0)  # the first is there already, the second is a fact of its own
    assert [event["event_id"][-2:] for event in each.events()].count("-2") == 1


def test_a_row_with_more_or_fewer_fields_than_the_header_is_kept_whole_in_quarantine(tables, tmp_path):
    shop = IngestShop.at(tables, tmp_path / "conf", source="till")
    shop.drop("1.csv", HEADER, "7,shoes", "7,shoes,3,1,2026-07-01,ann,more", "7,shoes,3,1,2026-07-01,ann", inbox="till")
    assert shop.ingest() == Figures(3, 1, 0, 0, 2)
    kept = shop.lake.read("quarantine").orderBy("source_position").collect()
    assert [row.payload for row in kept] == ["7,shoes", "7,shoes,3,1,2026-07-01,ann,more"]
    assert {row.reasons[0] for row in kept} == {"the row does not have the 6 fields of the header"}


def test_files_whose_columns_stand_in_another_order_are_read_by_their_own_header(tables, tmp_path):
    shop = IngestShop.at(tables, tmp_path / "conf", source="till")
    shop.drop("1.csv", HEADER, "7,shoes,3,1,2026-07-01,ann", inbox="till")
    shop.drop("2.csv", "Customer,Date,Price,Quantity,Item,Ref", "bob,2026-07-02,2,5,hat,9", inbox="till")
    shop.drop("3.csv", "Customer,Date,Cost,Quantity,Item,Ref", "bob,2026-07-02,2,5,hat,9", inbox="till")
    assert shop.ingest() == Figures(3, 2, 0, 0, 1)
    assert sorted(each["cart_id"] for each in shop.given()) == ["7", "9"]
    assert [reason.split(";")[0] for reason in shop.reasons()] == ["the file has no column Price"]


def test_files_that_hold_nothing_or_a_header_alone_are_no_rows(tables, tmp_path):
    shop = IngestShop.at(tables, tmp_path / "conf", source="till")
    shop.drop("1.csv", inbox="till")
    shop.drop("2.csv", HEADER, inbox="till")
    assert shop.ingest() == Figures(0, 0, 0, 0, 0)
    shop.drop("3.csv", HEADER, "7,shoes,3,1,2026-07-01,ann", inbox="till")
    assert shop.ingest().events == 1


JSON_ROWS = """
format: json
path: "{data}/web/*"
time_zone: UTC
rows:
  - {to: cart_updated, when: "kind = 'cart'", customer: user.id, occurred_at: timestamp_millis(try_cast(ts as bigint)), id: [ref],
     properties: {cart_id: ref, value: "total - 0.5"}}
"""


def test_json_of_any_shape_is_read_through_the_fields_that_the_mapping_names(tables, tmp_path):
    shop = IngestShop.at(tables, tmp_path / "conf", text=JSON_ROWS)
    shop.drop("1.json", '{"kind": "cart", "user": {"id": 17}, "ts": 1772359200123, "ref": "r1", "total": 20.10, "more": []}', "oops")
    assert shop.ingest() == Figures(2, 1, 0, 0, 1)
    assert [(row["customer_id"], row["at"], row["given"]) for row in shop.events()] == [
        ("17", "2026-03-01 10:00:00.123", '{"cart_id":"r1","value":19.60}')
    ]
    assert shop.reasons() == {"not one JSON object": 1}


PARQUET = """
format: parquet
path: "{data}/web"
time_zone: UTC
rows:
  - {to: cart_updated, customer: c, occurred_at: t, id: [i], properties: {cart_id: i, sizes: s, seen_at: t, opened_on: d, items: n}}
"""


def test_typed_columns_keep_their_values(spark, tables, tmp_path):
    shop = IngestShop.at(tables, tmp_path / "conf", text=PARQUET)
    rows = "5 as i, 'ann' as c, timestamp'2026-03-29 00:30:00.000001Z' as t, array(1, 2) as s, date'2026-02-01' as d, cast(2.0 as decimal(5,1)) as n"
    spark.sql(f"select {rows}").write.mode("append").parquet(f"{tables.settings.data}/web")
    assert shop.ingest() == Figures(1, 1, 0, 0, 0)
    assert shop.given() == [{"cart_id": "5", "items": 2, "sizes": [1, 2], "opened_on": "2026-02-01", "seen_at": "2026-03-29T00:30:00.000Z"}]
    assert shop.events()[0]["at"] == "2026-03-29 00:30:00.000001"


def test_expressions_that_spark_refuses_are_all_named_at_once(tables, tmp_path):
    wrong = {"REPEATS": "one", "customer: Customer": 'customer: "whoever(Customer)"', "occurred_at: Date": 'occurred_at: "moment(Date)"'}
    text = TILL
    for right, slip in wrong.items():
        text = text.replace(right, slip, 1)
    shop = IngestShop.at(tables, tmp_path / "conf", source="till", text=text)
    shop.drop("1.csv", HEADER, "7,shoes,3,1,2026-07-01,ann", inbox="till")
    with pytest.raises(UserError) as refused:
        shop.ingest()
    first, second = str(refused.value).splitlines()
    assert "rows[0].customer: Spark refuses whoever(Customer): " in first
    assert "rows[0].occurred_at: Spark refuses moment(Date): " in second
