"""Every form of the language as YAML, beside the node it is read into."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from segmentation.rules import model as m
from segmentation.rules.types import BOOLEAN, DATE, INTEGER, RATIO, STRING, TIMESTAMP, array, decimal
from tests.unit.rules.reading import read

DAY = 86_400_000_000
NEW_YEAR = 1_767_225_600_000_000
MONEY = decimal(12, 2)


def facts(kind: str = "orders", **modifiers: object) -> m.Selection:
    return m.Selection(kind, (kind,), **modifiers)  # type: ignore[arg-type]


def where_is(path: str, kind: object, op: str, operand: object, **more: object) -> m.PropertyTest:
    return m.PropertyTest(path, kind, m.Comparison(op, operand, **{k: v for k, v in more.items() if k != "if_missing"}), more.get("if_missing"))  # type: ignore[arg-type]


def compare(value: m.Value, op: str, operand: object, name: str, **more: object) -> m.Compare:
    return m.Compare(value, m.Comparison(op, operand, **more), name)  # type: ignore[arg-type]


def attribute(name: str, kind: object, op: str, operand: object, **more: object) -> m.Compare:
    return compare(m.AttributeValue(name, kind), op, operand, name, **more)  # type: ignore[arg-type]


AVERAGE = m.Aggregate("average", facts(), "total", RATIO)
LATEST = m.Aggregate("latest", facts(), None, TIMESTAMP)
FORMS: dict[str, m.Condition] = {
    "did: orders": m.Did(facts()),
    "{did: orders, within: 30 days}": m.Did(facts(window=m.Window(within=30 * DAY))),
    "{did: orders, at_least: 2}": m.Did(facts(), m.Comparison("at_least", 2)),
    "{did: orders, at_most: 2}": m.Did(facts(), m.Comparison("at_most", 2)),
    "{did: orders, exactly: 0}": m.Did(facts(), m.Comparison("is", 0)),
    "{did: orders, between: [1, 3]}": m.Did(facts(), m.Comparison("between", (1, 3))),
    "{did: orders, at_least: 2, at_most: 5}": m.All((m.Did(facts(), m.Comparison("at_least", 2)), m.Did(facts(), m.Comparison("at_most", 5)))),
    "{did: 'email_*', older_than: 2 weeks}": m.Did(m.Selection("email_*", ("email_delivered", "email_opened"), window=m.Window(older_than=14 * DAY))),
    "{did: orders, since: start of month}": m.Did(facts(window=m.Window(since=m.Since(unit="month", zone="Europe/Berlin")))),
    "{did: orders, since: start of week, time_zone: customer}": m.Did(facts(window=m.Window(since=m.Since(unit="week", zone="customer")))),
    "{did: orders, since: 2026-01-01T00:00:00Z}": m.Did(facts(window=m.Window(since=m.Since(instant=NEW_YEAR)))),
    "{did: orders, since: 2026-01-01}": m.Did(facts(window=m.Window(since=m.Since(instant=NEW_YEAR - DAY // 24)))),
    "{did: orders, newest: 3}": m.Did(facts(newest=3)),
    "{did: email_delivered, matched_by: {event: email_opened, on: message_id}}": m.Did(
        facts("email_delivered", matched_by=m.Match("email_opened", "message_id", STRING))
    ),
    "{did: orders, where: {status: paid}}": m.Did(facts(where=(where_is("status", STRING, "is", "paid"),))),
    "{did: orders, where: {total: {above: 5, at_most: 9}, status: {not_in: [a, b], if_missing: true}}}": m.Did(
        facts(
            where=(
                where_is("total", MONEY, "above", Decimal(5)),
                where_is("total", MONEY, "at_most", Decimal(9)),
                where_is("status", STRING, "not_in", ("a", "b"), if_missing=True),
            )
        )
    ),
    "{did: product_viewed, where: {product.category: shoes}}": m.Did(
        facts("product_viewed", where=(where_is("product.category", STRING, "is", "shoes"),))
    ),
    "{did: orders, where: {shipped_at: {exists: false}}}": m.Did(facts(where=(where_is("shipped_at", TIMESTAMP, "exists", False),))),
    "{did: orders, where: {shipped_at: {within: 3 days}}}": m.Did(facts(where=(where_is("shipped_at", TIMESTAMP, "within", 3 * DAY),))),
    "{did_not: orders, within: 180 days}": m.DidNot(facts(window=m.Window(within=180 * DAY))),
    "{last: orders, where: {status: paid}, has: {total: {above: 5}}}": m.EdgeHas(
        "last", facts(where=(where_is("status", STRING, "is", "paid"),)), (where_is("total", MONEY, "above", Decimal(5)),)
    ),
    "{first: orders, has: {quantity: 3}}": m.EdgeHas("first", facts(), (where_is("quantity", INTEGER, "is", 3),)),
    "{trait: average_order_value, above: 0.50}": compare(AVERAGE, "above", Decimal("0.50"), "average_order_value"),
    "{trait: orders_total, above: 2.5}": compare(m.Aggregate("count", facts(), None, INTEGER), "above", Decimal("2.5"), "orders_total"),
    "{trait: orders_total, is: 3.0}": compare(m.Aggregate("count", facts(), None, INTEGER), "is", 3, "orders_total"),
    "{trait: last_order_at, within: 3 days}": compare(LATEST, "within", 3 * DAY, "last_order_at"),
    "{trait: last_order_at, within_next: 1 hour}": compare(LATEST, "within_next", DAY // 24, "last_order_at"),
    "{trait: last_order_at, since: start of day}": compare(
        LATEST, "since", m.Since(unit="day", zone="Europe/Berlin"), "last_order_at", zone="Europe/Berlin"
    ),
    "{trait: last_order_at, before: 2026-01-01}": compare(LATEST, "before", date(2026, 1, 1), "last_order_at", zone="Europe/Berlin"),
    "{trait: last_order_at, after: 2026-01-01T00:00:00Z}": compare(LATEST, "after", NEW_YEAR, "last_order_at"),
    "{trait: last_order_at, above: 2026-01-01}": compare(LATEST, "above", NEW_YEAR - DAY // 24, "last_order_at"),
    "{trait: last_order_at, is: 2026-01-01 01:00:00}": compare(LATEST, "is", NEW_YEAR, "last_order_at"),
    "{attribute: tier, is: gold}": attribute("tier", STRING, "is", "gold"),
    "{attribute: tier, in: [gold, silver], ignoring_case: true}": attribute("tier", STRING, "in", ("gold", "silver"), ignoring_case=True),
    "{attribute: tier, is: gold, if_missing: false}": m.IfMissing(attribute("tier", STRING, "is", "gold"), answer=False),
    "{attribute: tier, starts_with: go, is_not: goat}": m.All(
        (attribute("tier", STRING, "starts_with", "go"), attribute("tier", STRING, "is_not", "goat"))
    ),
    "{attribute: tier, matches: '^go+ld$'}": attribute("tier", STRING, "matches", "^go+ld$"),
    "{attribute: vip, is: yes}": attribute("vip", BOOLEAN, "is", True),
    "{attribute: interests, contains_any: [a, b]}": attribute("interests", array(STRING), "contains_any", ("a", "b")),
    "{attribute: birthday, before: 2000-01-01}": attribute("birthday", DATE, "before", date(2000, 1, 1), zone="Europe/Berlin"),
    "{attribute: birthday, above: 2000-01-01}": attribute("birthday", DATE, "above", date(2000, 1, 1)),
    "{attribute: birthday, within: 3 days, time_zone: UTC}": attribute("birthday", DATE, "within", 3 * DAY),
    "{attribute: credit, between: [-1, 1.50]}": attribute("credit", MONEY, "between", (Decimal(-1), Decimal("1.50"))),
    "{score: churn, at_least: 0.8}": compare(m.ScoreValue("churn", decimal(9, 6)), "at_least", Decimal("0.8"), "churn"),
    "{in_segment: vip}": m.InSegment("vip"),
    "{in_segment: rest, status: active}": m.InSegment("rest", active=True),
    "{not_in_segment: vip, status: active}": m.InSegment("vip", active=True, negated=True),
    "{in_segment: vip, for: 30 days}": m.InSegmentFor("vip", 30 * DAY),
    "{entered: vip, within: 7 days, status: active}": m.Entered("vip", 7 * DAY, active=True),
    "{attribute: tier, is: gold, for: 30 days}": m.AttributeFor(m.AttributeValue("tier", STRING), m.Comparison("is", "gold"), 30 * DAY),
    "{attribute: tier, changed_within: 7 days}": m.AttributeChanged(m.AttributeValue("tier", STRING), 7 * DAY),
    "{attribute: birthday, anniversary_within_next: 7 days, time_zone: customer}": m.Anniversary(m.AttributeValue("birthday", DATE), 7, "customer"),
    "{sequence: [{did: product_viewed}, {did_not: orders, where: {status: paid}, within: 3 days}], within: 10 days}": m.Sequence(
        (
            m.Step(facts("product_viewed")),
            m.Step(facts(where=(where_is("status", STRING, "is", "paid"),)), negated=True, within=3 * DAY),
        ),
        10 * DAY,
    ),
    "{listed_in: blocked}": m.ListedIn("blocked"),
    "{sample: 10 percent, salt: mail}": m.Sample(-(-(16**13) // 10), "mail", "10 percent"),
    "{sample: 0.5 percent}": m.Sample(-(-(16**13) // 200), "me", "0.5 percent"),
    "{everyone: true}": m.Everyone(),
    "{all: [{did: orders}, {none: [{everyone: true}]}]}": m.All((m.Did(facts()), m.NoneOf((m.Everyone(),)))),
    "{any: [{did: orders}, {not: {did: orders}}]}": m.AnyOf((m.Did(facts()), m.Not(m.Did(facts())))),
    "{tree: [{when: {did: orders}, then: true}, {when: {everyone: true}, then: {tree: [{when: {did: orders}, then: false}]}}, "
    "{otherwise: {did: orders}}]}": (
        m.Tree(
            (
                (m.Did(facts()), m.Constant(answer=True)),
                (m.Everyone(), m.Tree(((m.Did(facts()), m.Constant(answer=False)),))),
            ),
            m.Did(facts()),
        )
    ),
}


@pytest.mark.parametrize("text", FORMS)
def test_a_form_is_read_into_its_node(text: str) -> None:
    assert read(text, zone="Europe/Berlin") == FORMS[text]


def value_of(trait: str) -> m.Value:
    condition = read("{trait: t, exists: true}", traits=f"t: {trait}\nn: {{count: orders}}\nspent: {{sum: orders.total}}")
    assert isinstance(condition, m.Compare)
    return condition.value


COUNT, SUM = m.Aggregate("count", facts(), None, INTEGER), m.Aggregate("sum", facts(), "total", decimal(22, 2))
TRAITS: dict[str, m.Value] = {
    "{count: orders, within: 3 days}": m.Aggregate("count", facts(window=m.Window(within=3 * DAY)), None, INTEGER),
    "{sum: orders.quantity}": m.Aggregate("sum", facts(), "quantity", INTEGER),
    "{sum: orders.total}": SUM,
    "{average: orders.quantity}": m.Aggregate("average", facts(), "quantity", RATIO),
    "{median: orders.total}": m.Aggregate("median", facts(), "total", RATIO),
    "{minimum: orders.total}": m.Aggregate("minimum", facts(), "total", MONEY),
    "{maximum: orders.shipped_at}": m.Aggregate("maximum", facts(), "shipped_at", TIMESTAMP),
    "{distinct: orders.status}": m.Aggregate("distinct", facts(), "status", INTEGER),
    "{first: orders.status}": m.Aggregate("first", facts(), "status", STRING),
    "{last: orders.total}": m.Aggregate("last", facts(), "total", MONEY),
    "{earliest: orders}": m.Aggregate("earliest", facts(), None, TIMESTAMP),
    "{most_frequent: product_viewed.product.category}": m.Aggregate("most_frequent", facts("product_viewed"), "product.category", STRING),
    "{values: orders.quantity}": m.Aggregate("values", facts(), "quantity", array(INTEGER)),
    "{ratio: [spent, n]}": m.Ratio(SUM, COUNT, RATIO),
    "{difference: [n, n]}": m.Arithmetic("difference", (COUNT, COUNT), INTEGER),
    "{sum_of: [n, spent]}": m.Arithmetic("sum_of", (COUNT, SUM), decimal(38, 2)),
    "{attribute: tier}": m.AttributeValue("tier", STRING),
    "{score: churn}": m.ScoreValue("churn", decimal(9, 6)),
    "{rank: {of: spent, in: 5}}": m.RankValue("spent", 5, INTEGER),
}


@pytest.mark.parametrize("text", TRAITS)
def test_a_trait_is_read_into_its_value(text: str) -> None:
    assert value_of(text) == TRAITS[text]


def test_a_trait_counts_its_calendar_in_the_zone_of_the_rule_that_uses_it() -> None:
    zones = []
    for zone in ("UTC", "Asia/Tokyo"):
        condition = read("{trait: month_to_date, above: 1}", zone)
        assert isinstance(condition, m.Compare)
        assert isinstance(condition.value, m.Aggregate)
        assert condition.value.selection.window.since is not None
        zones.append(condition.value.selection.window.since.zone)
    assert zones == ["UTC", "Asia/Tokyo"]
