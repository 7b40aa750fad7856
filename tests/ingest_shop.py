"""A small tracking plan, sources in all three shapes, and what tests of ingestion ask of the tables."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.adapters.lake import Lake
from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.pipelines.ingest_events import ingest
from segmentation.pipelines.ingest_write import Figures

EVENTS = """
events:
  cart_updated:
    properties:
      cart_id: {type: string, required: true}
      value: {type: "decimal(12,2)", at_least: 0}
      items: {type: integer, at_least: 1, at_most: 99}
      device: {type: string, in: [phone, desktop]}
      sizes: array<integer>
      opened_on: date
      seen_at: timestamp
      product: {type: object, properties: {category: string, price: "decimal(10,2)"}}
  identified:
    sets_attributes: {tier: string, vip: boolean}
"""
WEB = 'format: json\npath: "{data}/web/*"\ntime_zone: Europe/London\n'
TILL = """
format: csv
options: {header: true}
path: "{data}/till/*"
time_zone: Europe/London
rows:
  - {to: cart_updated, when: "Quantity > 0 and Price > 0", customer: Customer, occurred_at: Date, id: [Ref, Item], repeats: REPEATS,
     properties: {cart_id: Ref, value: "Quantity * Price", items: Quantity, product.category: Item}}
  - {to: identified, when: "Ref = 'tier'", customer: Customer, occurred_at: Date, id: [Ref, Customer, Date], properties: {tier: Item}}
"""


def event(
    event_id: str, at: str = "2026-03-01T10:00:00Z", /, customer: str = "ann", event: str = "cart_updated", **properties: Any
) -> dict[str, Any]:
    given = properties if event != "cart_updated" else {"cart_id": "c1", **properties}
    received = f"{at[:10]}T23:00:00Z"
    return {"event_id": event_id, "event": event, "customer_id": customer, "occurred_at": at, "received_at": received, "properties": given}


@dataclass
class IngestShop:
    """A project on disk, its inboxes and its lake."""

    lake: Lake
    conf: Path
    project: Project

    @classmethod
    def at(cls, lake: Lake, conf: Path, *, source: str = "web", repeats: str = "one", text: str | None = None, events: str = EVENTS) -> IngestShop:
        for folder in ("events", "sources", "segments"):
            (conf / folder).mkdir(parents=True, exist_ok=True)
        for inbox in ("web", "till"):
            Path(lake.settings.data, inbox).mkdir(parents=True, exist_ok=True)
        (conf / "events" / "plan.yaml").write_text(events)
        (conf / "sources" / f"{source}.yaml").write_text(text or {"web": WEB, "till": TILL.replace("REPEATS", repeats)}[source])
        return cls(lake, conf, load_project(conf, lake.settings))

    def drop(self, name: str, *rows: dict[str, Any] | str, inbox: str = "web") -> Path:
        """A file in an inbox: objects as JSON, texts as they are."""
        file = Path(self.lake.settings.data, inbox, name)
        file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
        return file

    def ingest(self) -> Figures:
        """Everything that is there, and the sum of the batches."""
        batches = ingest(self.lake, self.project, once=True)
        return Figures(*(sum(getattr(each, field) for each in batches) for field in Figures.__dataclass_fields__))

    def events(self) -> list[dict[str, Any]]:
        rows = (
            self.lake.read("events")
            .selectExpr("*", "cast(occurred_at as string) as at", "to_json(properties) as given")
            .orderBy("event_id")
            .collect()
        )
        return [row.asDict() for row in rows]

    def given(self) -> list[dict[str, Any]]:
        """The properties of all events, by event id, as JSON values (decimals exact)."""
        return [json.loads(row["given"], parse_float=str) for row in self.events()]

    def reasons(self) -> Counter[str]:
        rows = self.lake.read("quarantine").selectExpr("explode(reasons) as reason").collect()
        return Counter(row["reason"] for row in rows)
