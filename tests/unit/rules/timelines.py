"""Small builders for the interpreter's tests: one customer, instants in hours, a shop's vocabulary."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret import Customer, Point, Transition, evaluate, sweep, value_of
from segmentation.rules.types import BOOLEAN, DATE, INTEGER, RATIO, STRING, TIMESTAMP, Type, array, decimal
from segmentation.rules.vocabulary import Attribute, FactKind, Vocabulary

HOUR = 3600 * 10**6
DAY = 24 * HOUR
MONEY = decimal(12, 2)

_ORDER = Type("object", fields=(("total", MONEY), ("status", STRING), ("items", INTEGER), ("placed_on", DATE)))
_VIEW = Type("object", fields=(("product", Type("object", fields=(("category", STRING),))), ("tags", array(STRING)), ("message_id", STRING)))

SHOP = Vocabulary(
    facts={
        "orders": FactKind("orders", "table", _ORDER),
        "bought": FactKind("bought", "event", _ORDER),
        "viewed": FactKind("viewed", "event", _VIEW),
        "view_ended": FactKind("view_ended", "event", _VIEW),
    },
    attributes={
        "tier": Attribute("tier", STRING, ("crm", "identified")),
        "birthday": Attribute("birthday", DATE, ("crm",)),
        "seen_at": Attribute("seen_at", TIMESTAMP, ("crm",)),
        "time_zone": Attribute("time_zone", STRING, ("crm",)),
        "is_staff": Attribute("is_staff", BOOLEAN, ("crm",)),
    },
    lists=("blocked",),
    scores={"churn": RATIO},
)


def event(kind: str, at: float, fact_id: str = "", **properties: Any) -> Fact:
    """An event at an hour; without an id it gets one of its own."""
    instant = round(at * HOUR)
    return Fact(kind, "event", fact_id or f"{kind}-{instant}", instant, instant, None, properties)


def version(fact_id: str, occurred: float, start: float, end: float | None = None, is_deleted: bool = False, **properties: Any) -> Fact:
    """A version of an order that counts from hour `start` until hour `end`."""
    until = None if end is None else round(end * HOUR)
    return Fact("orders", "table", fact_id, round(occurred * HOUR), round(start * HOUR), until, properties, is_deleted=is_deleted)


def row(at: float, place: str = "crm", position: int = 0, is_deleted: bool = False, **properties: Any) -> Fact:
    """A row of an attributes table."""
    instant = round(at * HOUR)
    return Fact(place, "attribute", "c", instant, instant, None, properties, position, is_deleted)


def entry(name: str, added: float, removed: float | None = None) -> Fact:
    until = None if removed is None else round(removed * HOUR)
    return Fact(name, "list", f"{name}-{added}", round(added * HOUR), round(added * HOUR), until)


def score(model: str, at: float, **properties: Any) -> Fact:
    instant = round(at * HOUR)
    return Fact(model, "score", f"{model}-{at}", instant, instant, None, properties)


def of(*kinds: str, **modifiers: Any) -> m.Selection:
    return m.Selection(kinds[0], kinds, **modifiers)


def within(hours: float) -> m.Window:
    return m.Window(within=round(hours * HOUR))


def test_of(path: str, op: str, operand: Any, kind: Type = STRING, if_missing: bool | None = None, **more: Any) -> m.PropertyTest:
    return m.PropertyTest(path, kind, m.Comparison(op, operand, **more), if_missing)


test_of.__test__ = False  # type: ignore[attr-defined]


def total_of(function: str, path: str | None = "total", kind: Type = MONEY, selection: m.Selection | None = None) -> m.Aggregate:
    return m.Aggregate(function, selection or of("bought"), path, kind)  # type: ignore[arg-type]


def rules(groups: tuple[m.GroupOrder, ...] = (), **segments: m.Condition) -> m.RuleSet:
    return m.RuleSet(tuple(m.SegmentRule(slug, rule) for slug, rule in segments.items()), groups)


def always(rule_set: m.RuleSet, since: float | None = None, version: int = 1) -> InForce:
    slugs = [segment.slug for segment in rule_set.segments] + [group.default for group in rule_set.groups if group.default]
    return InForce(None if since is None else round(since * HOUR), rule_set, dict.fromkeys(slugs, version), "f")


def customer(*facts: Fact, rule_set: m.RuleSet | None = None, vocabulary: Vocabulary = SHOP, customer_id: str = "c") -> Customer:
    return Customer(customer_id, facts, (always(rule_set or rules()),), vocabulary)


def at(hour: float, *facts: Fact, **more: Any) -> Point:
    return customer(*facts, **more).at(round(hour * HOUR))


def ask(condition: m.Condition, hour: float, *facts: Fact, **more: Any) -> bool | None:
    return evaluate(condition, at(hour, *facts, **more))


def worth(value: m.Value, hour: float, *facts: Fact) -> Any:
    return value_of(value, at(hour, *facts))


def story(in_force: tuple[InForce, ...], *facts: Fact, since: float = -1000, until: float = 1000, **more: Any) -> list[tuple[Any, ...]]:
    """The transitions of a sweep as (hour, segment, status, winner, cause)."""
    found: list[Transition] = sweep(in_force, facts, "c", round(since * HOUR), round(until * HOUR), vocabulary=SHOP, **more)
    return [(each.effective_at / HOUR, each.segment, each.status, each.outranked_by, each.cause) for each in found]


def euros(text: str) -> Decimal:
    return Decimal(text)
