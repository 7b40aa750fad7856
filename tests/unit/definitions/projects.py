"""Small configuration folders for tests: a shop with orders, mail and a CRM, and whatever a test adds."""

from __future__ import annotations

from pathlib import Path

import yaml

from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.issues import UserError
from segmentation.settings import Settings

SHOP = {
    "events/shop.yaml": """
events:
  product_viewed:
    properties:
      product: {category: string, price: "decimal(12,2)"}
      seconds: integer
  email_delivered: {properties: {message_id: {type: string, required: true}}}
  email_opened: {properties: {message_id: {type: string, required: true}, machine_open: boolean}}
  identified: {sets_attributes: {tier: string, country: string}}
""",
    "tables.yaml": """
tables:
  orders:
    kind: facts
    path: "{lake}/orders"
    id: order_id
    customer: customer_id
    occurred_at: ordered_at
    properties: {total: "decimal(12,2)", status: string, quantity: integer, tags: "array<string>", shipped_at: timestamp}
    keep: 3 years
  customers:
    kind: attributes
    path: "{lake}/customers"
    customer: customer_id
    attributes: {tier: string, birthday: date, vip: boolean, points: integer, interests: "array<string>", time_zone: string}
""",
    "lists.yaml": "lists: {blocked: {path: '{lake}/blocked'}}",
    "scores.yaml": "scores: {churn: 'decimal(9,6)'}",
    "traits.yaml": """
traits:
  average_order_value: {average: orders.total}
  orders_total: {count: orders}
  orders_90d: {count: orders, within: 90 days}
  last_order_at: {latest: orders}
  categories: {values: product_viewed.product.category}
""",
}
SETTINGS = Settings(lake="lake")


def write(folder: Path, files: dict[str, str], *, shop: bool = True) -> Path:
    """The files under `folder`, over those of the shop."""
    for name, text in {**(SHOP if shop else {}), **files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def project(folder: Path, segments: str | dict[str, object] = "", **files: str) -> Project:
    """The shop with the segments of a YAML text, or with these rules by slug."""
    if isinstance(segments, dict):
        segments = yaml.safe_dump({"segments": {slug: {"rule": rule} for slug, rule in segments.items()}})
    return load_project(write(folder, {"segments/all.yaml": segments, **files}), SETTINGS)


def problems(folder: Path, segments: str | dict[str, object] = "", **files: str) -> list[str]:
    """What is wrong, without the places."""
    try:
        project(folder, segments, **files)
    except UserError as error:
        return [f"{issue.problem} {issue.hint}".strip() for issue in error.issues]
    return []
