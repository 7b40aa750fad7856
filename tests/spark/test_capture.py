"""Declared tables in: versions with their validity, the same with a change feed and without one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from segmentation.adapters.lake import Lake
from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.issues import UserError
from segmentation.pipelines.capture_tables import Captured, capture
from tests.power_cuts import power_cut_at

pytestmark = pytest.mark.spark

TABLES = """
tables:
  orders:
    kind: facts
    path: "{lake}/shop/orders"
    id: order_id
    customer: customer_id
    occurred_at: ordered_at
    changed_at: updated_at
    properties: {total: "decimal(12,2)", status: string}
  customers:
    kind: attributes
    path: "{lake}/shop/customers"
    customer: customer_id
    changed_at: updated_at
    attributes: {tier: string}
"""
ORDERS = "order_id bigint, customer_id string, ordered_at timestamp, total decimal(12,2), status string, updated_at timestamp, note string"
CUSTOMERS = "customer_id string, tier string, updated_at timestamp"


@dataclass
class Shop:
    lake: Lake
    project: Project

    @property
    def orders(self) -> str:
        return f"delta.`{self.lake.settings.path('shop/orders')}`"

    @property
    def customers(self) -> str:
        return f"delta.`{self.lake.settings.path('shop/customers')}`"

    def sql(self, text: str) -> None:
        self.lake.spark.sql(text.format(orders=self.orders, customers=self.customers))

    def order(self, number: int, customer: str, day: str, total: object, status: str, changed: str) -> str:
        return f"({number}, {customer}, timestamp'{day}', {total}, '{status}', timestamp'{changed}', null)"

    def insert(self, *rows: str) -> None:
        self.sql(f"insert into {{orders}} values {', '.join(rows)}")

    def capture(self) -> Captured:
        return capture(self.lake, self.project)

    def versions(self, table: str = "orders") -> list[tuple[object, ...]]:
        rows = self.lake.read(f"{table}_versions").selectExpr(
            "fact_id", "customer_id", "cast(occurred_at as string) as at", "cast(valid_from as string) as valid", "to_json(properties) as p",
            "is_deleted", "is_first", "commit", "position",
        )  # fmt: skip
        return [tuple(row)[:7] for row in sorted(rows.collect(), key=lambda row: (row.fact_id, row.commit, row.position))]


@pytest.fixture(params=["with a change feed", "without one"])
def shop(request, spark, lake, tmp_path) -> Shop:
    (tmp_path / "conf" / "segments").mkdir(parents=True)
    (tmp_path / "conf" / "tables.yaml").write_text(TABLES)
    shop = Shop(Lake(spark, lake), load_project(tmp_path / "conf", lake))
    feed = str(request.param == "with a change feed").lower()
    for table, columns in (("orders", ORDERS), ("customers", CUSTOMERS)):
        shop.sql(f"create table {{{table}}} ({columns}) using delta tblproperties (delta.enableChangeDataFeed = {feed})")
    return shop


PAID = '{"total":50.00,"status":"paid"}'
REFUNDED = '{"total":50.00,"status":"refunded"}'


def test_the_first_version_of_a_fact_is_valid_from_its_own_instant_and_each_later_one_from_its_change(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    assert shop.capture() == Captured(1, 1, 0)
    shop.sql("update {orders} set status = 'refunded', updated_at = timestamp'2026-03-09' where order_id = 1")
    shop.capture()
    assert shop.versions() == [
        ("1", "ann", "2026-03-01 00:00:00", "2026-03-01 00:00:00", PAID, False, True),
        ("1", "ann", "2026-03-01 00:00:00", "2026-03-09 00:00:00", REFUNDED, False, False),
    ]


def test_a_row_that_was_only_touched_has_no_new_version(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    shop.capture()
    shop.sql("update {orders} set updated_at = timestamp'2026-03-09', note = 'called' where order_id = 1")
    assert shop.capture().events == 0
    assert len(shop.versions()) == 1


def test_a_full_reload_touches_only_what_differs(shop):
    rows = [shop.order(number, "'ann'", "2026-03-01", 50, "paid", "2026-03-02") for number in (1, 2)]
    shop.insert(*rows)
    shop.capture()
    later = shop.order(2, "'ann'", "2026-03-01", 50, "refunded", "2026-03-05")
    shop.sql(f"insert overwrite {{orders}} values {rows[0]}, {later}")
    assert shop.capture().events == 1
    assert [version[:2] + version[4:] for version in shop.versions() if not version[6]] == [("2", "ann", REFUNDED, False, False)]


@pytest.mark.parametrize("shop", ["with a change feed"], indirect=True)
def test_a_change_is_never_valid_before_the_version_it_follows(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-05", 50, "paid", "2026-03-06"))
    shop.capture()
    shop.sql("update {orders} set status = 'refunded', updated_at = timestamp'2026-01-01' where order_id = 1")
    shop.capture()
    assert [version[3] for version in shop.versions()] == ["2026-03-05 00:00:00", "2026-03-05 00:00:00"]


def test_a_deleted_row_is_closed_and_a_row_that_comes_back_begins_anew(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    shop.capture()
    shop.sql("delete from {orders} where order_id = 1")
    shop.capture()
    assert [(version[1], version[4], version[5]) for version in shop.versions()] == [("ann", PAID, False), ("ann", PAID, True)]
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    shop.capture()
    first, closed, again = shop.versions()
    assert (again[5], again[6], again[3]) == (False, False, closed[3])
    assert first[3] < closed[3]


def test_a_row_that_moves_to_another_customer_is_closed_for_the_old_one(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    shop.capture()
    shop.sql("update {orders} set customer_id = 'bob', updated_at = timestamp'2026-03-09' where order_id = 1")
    shop.capture()
    assert [(version[1], version[3][:10], version[5]) for version in shop.versions()] == [
        ("ann", "2026-03-01", False), ("ann", "2026-03-09", True), ("bob", "2026-03-09", False),
    ]  # fmt: skip


def test_a_row_that_loses_its_customer_is_closed_and_quarantined_once(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"), shop.order(2, "null", "2026-03-01", 5, "paid", "2026-03-02"))
    assert shop.capture() == Captured(2, 1, 1)
    shop.sql("update {orders} set customer_id = null where order_id = 1")
    shop.capture()
    assert [(version[1], version[5]) for version in shop.versions()] == [("ann", False), ("ann", True)]
    kept = shop.lake.read("quarantine").collect()
    assert [(row.source, row.reasons) for row in kept] == [("orders", ["customer (customer_id) is missing"])] * 2


@pytest.mark.parametrize("shop", ["without one"], indirect=True)
def test_an_attribute_is_set_from_the_instant_of_its_change(shop):
    shop.sql("insert into {customers} values ('ann', 'silver', timestamp'2026-03-01'), ('bob', null, timestamp'2026-03-01')")
    shop.capture()
    shop.sql("update {customers} set tier = 'gold', updated_at = timestamp'2026-03-05' where customer_id = 'ann'")
    shop.capture()
    assert [version[:5] for version in shop.versions("customers")] == [
        ("ann", "ann", "2026-03-01 00:00:00", "2026-03-01 00:00:00", '{"tier":"silver"}'),
        ("ann", "ann", "2026-03-05 00:00:00", "2026-03-05 00:00:00", '{"tier":"gold"}'),
        ("bob", "bob", "2026-03-01 00:00:00", "2026-03-01 00:00:00", "{}"),
    ]


@pytest.mark.parametrize("shop", ["with a change feed"], indirect=True)
def test_nothing_changed_writes_no_plan(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    shop.capture()
    assert shop.capture() == Captured()
    assert shop.lake.read("plans").count() == 1


@pytest.mark.parametrize("shop", ["with a change feed"], indirect=True)
def test_with_a_change_feed_every_version_between_two_captures_is_kept(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    shop.sql("update {orders} set status = 'sent', updated_at = timestamp'2026-03-03'")
    shop.sql("update {orders} set customer_id = 'bob', updated_at = timestamp'2026-03-04'")
    shop.sql("delete from {orders}")
    shop.capture()
    assert [(version[1], version[5]) for version in shop.versions()] == [
        ("ann", False), ("ann", False), ("ann", True), ("bob", False), ("bob", True),
    ]  # fmt: skip


@pytest.mark.parametrize("shop", ["without one"], indirect=True)
def test_a_change_feed_that_was_switched_on_later_is_used_from_then_on(shop):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"))
    shop.capture()
    shop.sql("alter table {orders} set tblproperties (delta.enableChangeDataFeed = true)")
    shop.sql("update {orders} set status = 'sent', updated_at = timestamp'2026-03-03'")
    shop.sql("update {orders} set status = 'paid', updated_at = timestamp'2026-03-04'")
    shop.capture()
    assert len(shop.versions()) == 3


@pytest.mark.parametrize("shop", ["with a change feed"], indirect=True)
@pytest.mark.parametrize("step", ["orders_versions", "quarantine", "batches"])
def test_a_capture_cut_between_two_writes_is_finished_as_it_was_planned(shop, step):
    shop.insert(shop.order(1, "'ann'", "2026-03-01", 50, "paid", "2026-03-02"), shop.order(2, "null", "2026-03-01", 5, "paid", "2026-03-02"))
    with power_cut_at(step):
        shop.capture()
    shop.sql("update {orders} set status = 'sent', updated_at = timestamp'2026-03-03' where order_id = 1")
    shop.capture()
    assert [version[4] for version in shop.versions()] == [PAID, PAID.replace("paid", "sent")]
    assert shop.lake.read("quarantine").count() == 1
    assert shop.lake.read("batches").count() == shop.lake.read("plans").count() == 2


@pytest.mark.parametrize("shop", ["with a change feed"], indirect=True)
def test_missing_tables_and_columns_are_named(shop):
    shop.sql("alter table {orders} set tblproperties ('delta.columnMapping.mode' = 'name')")
    shop.sql("alter table {orders} rename column total to totals")
    with pytest.raises(UserError, match=r"there is no column 'total' in it\. Did you mean 'totals'\?"):
        shop.capture()
    shutil.rmtree(shop.lake.settings.path("shop/orders"))
    with pytest.raises(UserError, match=r"table orders: there is no Delta table at .*shop/orders"):
        shop.capture()


# ---------------------------------------------------------------- lists
def test_entries_of_a_list_and_later_statements_about_them_are_captured(spark, lake, tmp_path):
    (tmp_path / "conf" / "segments").mkdir(parents=True)
    file = tmp_path / "guests.csv"
    (tmp_path / "conf" / "lists.yaml").write_text(f"lists:\n  guests: {{path: {file}, format: csv}}\n")
    lake = Lake(spark, lake.model_copy(update={"time_zone": "Europe/London"}))
    project = load_project(tmp_path / "conf", lake.settings)
    file.write_text("customer_id,added_at,removed_at\nann,2026-07-01,\nbob,2026-07-01,2026-07-05\n,2026-07-01,\n")
    assert capture(lake, project) == Captured(3, 2, 1)
    assert capture(lake, project) == Captured()
    file.write_text("customer_id,added_at,removed_at\nann,2026-07-01,2026-07-09\nbob,2026-07-01,\n")
    capture(lake, project)
    Path(file).write_text("customer_id,added_at,removed_at\nann,2026-07-01,2026-07-09\n")
    capture(lake, project)
    rows = lake.read("list_entries").orderBy("customer_id", "batch_id").collect()
    entries = [(row.customer_id, str(row.removed_at or "")[:10], str(row.since)[:10]) for row in rows]
    assert entries[:4] == [
        ("ann", "", "2026-06-30"),
        ("ann", "2026-07-08", "2026-07-08"),
        ("bob", "2026-07-04", "2026-06-30"),
        ("bob", "", "2026-07-04"),
    ]
    assert len(entries) == 5
    assert rows[4].removed_at == rows[4].since  # bob was gone without a word
