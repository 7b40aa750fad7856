"""One rule read by itself: a small vocabulary, traits as plain YAML, and the interpreter's answer about one customer."""

from __future__ import annotations

from typing import Any

import yaml

from segmentation.definitions.yaml_text import read_yaml
from segmentation.issues import UserError
from segmentation.rules.facts import Fact
from segmentation.rules.interpret import Customer, evaluate
from segmentation.rules.model import Condition
from segmentation.rules.parse.conditions import read_condition
from segmentation.rules.parse.scope import Names, Scope
from segmentation.rules.parse.trait_book import TraitBook
from segmentation.rules.types import BOOLEAN, DATE, INTEGER, STRING, TIMESTAMP, Type, array, decimal
from segmentation.rules.vocabulary import Attribute, FactKind, Vocabulary

ORDERS = Type("object", fields=(("total", decimal(12, 2)), ("status", STRING), ("quantity", INTEGER), ("shipped_at", TIMESTAMP)))
VIEWED = Type("object", fields=(("product", Type("object", fields=(("category", STRING),))), ("seconds", INTEGER)))
MAIL = Type("object", fields=(("message_id", STRING), ("machine_open", BOOLEAN)))
KINDS = {
    "tier": STRING,
    "birthday": DATE,
    "seen_at": TIMESTAMP,
    "other_at": TIMESTAMP,
    "vip": BOOLEAN,
    "points": INTEGER,
    "level": INTEGER,
    "credit": decimal(12, 2),
    "interests": array(STRING),
    "time_zone": STRING,
}
VOCABULARY = Vocabulary(
    facts={
        "orders": FactKind("orders", "table", ORDERS),
        "product_viewed": FactKind("product_viewed", "event", VIEWED),
        "email_delivered": FactKind("email_delivered", "event", MAIL),
        "email_opened": FactKind("email_opened", "event", MAIL),
    },
    attributes={name: Attribute(name, kind, ("customers",)) for name, kind in KINDS.items()},
    lists=("blocked",),
    scores={"churn": decimal(9, 6)},
)
TRAITS = """
average_order_value: {average: orders.total}
last_order_at: {latest: orders}
first_order_at: {earliest: orders}
orders_total: {count: orders}
month_to_date: {count: orders, since: start of month}
"""


def scope(zone: str = "UTC", traits: str = TRAITS) -> Scope:
    names = Names(frozenset({"vip", "loyal"}), {"rest": "life"})
    return Scope(VOCABULARY, TraitBook(read_yaml(traits, "traits.yaml").entries), names, zone, slug="me")


def read(rule: str | dict[str, Any], zone: str = "UTC", traits: str = TRAITS) -> Condition:
    """The node of a rule given as YAML. Raises UserError."""
    reading = scope(zone, traits)
    text = rule if isinstance(rule, str) else yaml.safe_dump(rule, allow_unicode=True)
    condition = read_condition(reading, read_yaml(text, "rule.yaml"))
    if reading.issues:
        raise UserError(*reading.issues)
    return condition


def read_sql(text: str, zone: str = "UTC") -> Condition:
    return read({"sql": text}, zone)


def answer(condition: Condition, at: int, **attributes: Any) -> bool | None:
    """The answer about a customer whose attributes are these from the year 1 on."""
    start = -62_000_000_000_000_000
    fact = Fact("customers", "attribute", "c", start, start, properties=attributes)
    return evaluate(condition, Customer("c", [fact], (), VOCABULARY).at(at))
