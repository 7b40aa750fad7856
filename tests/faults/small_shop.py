"""A shop small enough to be killed often: every kind of fact and of trouble in three steps, and rules whose answers change by themselves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentation.settings import Settings, load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
STEPS = 3
CUSTOMERS = 9
ORDERS = "order_id string, customer_id string, ordered_at timestamp, total string, status string, updated_at timestamp"
CRM = "customer_id string, tier string, updated_at timestamp"

CONF = {
    "events/plan.yaml": """
events:
  cart_updated: {properties: {value: {type: "decimal(12,2)", at_least: 0}}}
  mail_opened: {}
  preferences_set: {sets_attributes: {newsletter: boolean}}
""",
    "sources/web.yaml": 'format: json\npath: "{data}/web/*"\n',
    "tables.yaml": """
tables:
  orders:
    kind: facts
    path: "{data}/orders"
    id: order_id
    customer: customer_id
    occurred_at: ordered_at
    changed_at: updated_at
    properties: {total: "decimal(12,2)", status: string}
  customers: {kind: attributes, path: "{data}/customers", customer: customer_id, changed_at: updated_at, attributes: {tier: string}}
""",
    "lists.yaml": 'lists:\n  guests: {path: "{data}/guests.csv", format: csv}\n',
    "traits.yaml": "traits:\n  spent: {sum: orders.total, within: 20 days, where: {status: {is_not: refunded}}}\n",
    "segments/all.yaml": """
groups:
  value: {order: [big, small], default: nobody}
segments:
  big: {rule: {trait: spent, above: 100}}
  small: {rule: {did: orders, within: 15 days}}
  reader: {rule: {did: mail_opened, within: 4 days, at_least: 2}}
  abandoned: {rule: {sequence: [{did: cart_updated}, {did_not: orders, within: 3 days}], within: 9 days}}
  gold: {rule: {all: [{attribute: tier, is: gold}, {attribute: newsletter, is_not: false, if_missing: true}]}}
  guest: {rule: {listed_in: guests}}
""",
}
FAST_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=320m"
SETTINGS: dict[str, Any] = {
    "clock": "events",
    "snapshot_every": "8 days",
    "spark": {
        "spark.master": "local[2]",
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.extraJavaOptions": FAST_JVM,
    },
}


@dataclass(frozen=True)
class Place:
    """A project folder as the README has it, with a lake and a copy of the input of its own; commands are started in it."""

    folder: Path

    @property
    def conf(self) -> Path:
        return self.folder / "conf"

    @property
    def environment(self) -> Path:
        return self.conf / "environments" / "local.yaml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @classmethod
    def create(cls, folder: Path, **settings: object) -> Place:
        place = cls(folder)
        for name, text in CONF.items():
            (place.conf / name).parent.mkdir(parents=True, exist_ok=True)
            (place.conf / name).write_text(text)
        for name in (".venv", "jobs"):
            (folder / name).symlink_to(ROOT / name)
        place.data.mkdir()
        place.environment.parent.mkdir()
        place.environment.write_text(json.dumps({"lake": str(place.lake), "data": str(place.data), **SETTINGS, **settings}))  # JSON is YAML
        return place

    def receive(self, inputs: Path, step: int) -> None:
        """The input as it is after `step`: files keep their times, which are those of Delta's commits."""
        shutil.copytree(inputs / str(step), self.data, dirs_exist_ok=True)


def write_inputs(spark: SparkSession, folder: Path, steps: int = STEPS) -> Path:
    """A folder for each step with everything that is there by then."""
    now = folder / "now"
    (now / "web").mkdir(parents=True)
    for step in range(steps):
        _write_table(spark, now / "orders", ORDERS, list(_orders(step)), feed=True, step=step)
        _write_table(spark, now / "customers", CRM, list(_customers(step)), feed=False, step=step)
        (now / "web" / f"{step}.json").write_text("".join(f"{line}\n" for line in _lines(step)))
        entries = [f"c{each},2026-01-{3 + 10 * each},{'' if each else '2026-01-29'}" for each in range(step + 1)]
        (now / "guests.csv").write_text("\n".join(("customer_id,added_at,removed_at", *entries, ",2026-01-01,")) + "\n")
        shutil.copytree(now, folder / str(step))
    return folder


def _write_table(spark: SparkSession, path: Path, columns: str, rows: list[tuple[Any, ...]], *, feed: bool, step: int) -> None:
    """orders: new rows are appended, and old ones change; customers: loaded anew each time."""
    texts = columns.replace(" timestamp", " string")
    frame = spark.createDataFrame(rows, texts).coalesce(1).selectExpr(*(f"cast({column} as {kind}) as {column}" for column, kind in _pairs(columns)))
    writer = frame.write.format("delta").option("delta.enableChangeDataFeed", str(feed).lower())
    writer.mode("append" if feed else "overwrite").save(str(path))
    if feed and step:
        table = f"delta.`{path}`"
        spark.sql(f"update {table} set status = 'refunded', updated_at = timestamp'{_day(step, 5)}' where order_id = 'o{step - 1}-2'")
    if feed and step == STEPS - 1:
        spark.sql(f"delete from delta.`{path}` where order_id = 'o0-3'")


def _pairs(columns: str) -> Iterator[tuple[str, str]]:
    for column in columns.split(", "):
        name, kind = column.split(" ")
        yield name, kind


def _orders(step: int) -> Iterator[tuple[Any, ...]]:
    for number in range(6):
        at = _day(step, number)
        yield f"o{step}-{number}", f"c{(number * 2 + step) % CUSTOMERS}", at, str(40 + 30 * number), "paid", at
    yield f"o{step}-x", f"c{step}", _day(step, 1), "many", "paid", _day(step, 1)


def _customers(step: int) -> Iterator[tuple[Any, ...]]:
    for number in range(CUSTOMERS):
        yield f"c{number}", "gold" if (number + step) % 3 == 0 else "plain", _day(step, number)


def _lines(step: int) -> Iterator[str]:
    """Events of ten days; some late, repeated, conflicting, malformed and dated ahead."""
    for number in range(24):
        kind = ("cart_updated", "mail_opened", "mail_opened", "preferences_set")[number % 4]
        properties = {"cart_updated": {"value": number}, "preferences_set": {"newsletter": number % 8 == 3}}.get(kind, {})
        yield _line(f"e{step}-{number}", kind, f"c{(number * 5 + step) % CUSTOMERS}", _day(step, number % 10, 8 + number % 12), properties)
    yield _line(f"e{step}-1", "mail_opened", f"c{(5 + step) % CUSTOMERS}", _day(step, 1, 9), {})
    yield _line(f"e{step}-4", "cart_updated", f"c{(20 + step) % CUSTOMERS}", _day(step, 4, 12), {"value": 99})
    yield _line(f"late{step}", "mail_opened", "c4", _day(max(step - 1, 0), 2), {})
    yield _line(f"wrong{step}", "cart_updated", "c1", _day(step, 1), {"value": -1})
    yield "{broken"


def _line(event_id: str, event: str, customer: str, at: str, properties: dict[str, Any]) -> str:
    found = {"event_id": event_id, "event": event, "customer_id": customer, "occurred_at": at, "received_at": at, "properties": properties}
    return json.dumps(found)


def _day(step: int, day: int, hour: int = 7) -> str:
    return f"2026-0{step + 1}-{1 + day:02d}T{hour:02d}:00:00Z"
