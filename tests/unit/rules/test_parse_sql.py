"""SQL becomes the tree that the YAML forms give; what has no form is a scalar that the interpreter works out as Spark does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from segmentation.issues import UserError
from segmentation.rules.model import Compare, Scalar, ScalarCondition
from segmentation.rules.normalize import normalize
from segmentation.rules.traverse import every, values
from tests.unit.rules.reading import answer, read, read_sql

SAME_TREE = {
    "average_order_value > 200": "{trait: average_order_value, above: 200}",
    "200 < average_order_value": "{trait: average_order_value, above: 200}",
    "(average_order_value) >= -0.5": "{trait: average_order_value, at_least: -0.5}",
    "orders_total between 2 and 5": "{trait: orders_total, between: [2, 5]}",
    "orders_total not between 2 and 5": "{not: {trait: orders_total, between: [2, 5]}}",
    "tier = 'gold' and points <> 3": "{all: [{attribute: tier, is: gold}, {attribute: points, is_not: 3}]}",
    'tier in ("a", "b") or not vip': "{any: [{attribute: tier, in: [a, b]}, {not: {attribute: vip, is: true}}]}",
    "tier not in ('a', 'b')": "{not: {attribute: tier, in: [a, b]}}",
    "tier is null": "{attribute: tier, exists: false}",
    "tier is not null": "{attribute: tier, exists: true}",
    "vip is true": "{attribute: vip, is: true, if_missing: false}",
    "(tier = 'a') is not true": "{not: {attribute: tier, is: a, if_missing: false}}",
    "tier <=> 'a'": "{attribute: tier, is: a, if_missing: false}",
    "tier <=> null": "{attribute: tier, exists: false}",
    "tier like 'go%'": "{attribute: tier, starts_with: go}",
    "tier like '%ld'": "{attribute: tier, ends_with: ld}",
    "tier like '%ol%'": "{attribute: tier, contains: ol}",
    "tier like 'gold'": "{attribute: tier, is: gold}",
    "tier ilike 'GO%'": "{attribute: tier, starts_with: GO, ignoring_case: true}",
    "tier not like 'go%'": "{not: {attribute: tier, starts_with: go}}",
    "vip and tier not ilike 'GO%'": "{all: [{attribute: vip, is: true}, {not: {attribute: tier, starts_with: GO, ignoring_case: true}}]}",
    "not (tier not like 'go%')": "{attribute: tier, starts_with: go}",
    "tier rlike '^go+'": "{attribute: tier, matches: '^go+'}",
    "startswith(tier, 'go')": "{attribute: tier, starts_with: go}",
    "contains(tier, 'o')": "{attribute: tier, contains: o}",
    "array_contains(interests, 'a')": "{attribute: interests, contains: a}",
    "churn >= 0.8": "{score: churn, at_least: 0.8}",
    "birthday > '2000-01-01'": "{attribute: birthday, above: 2000-01-01}",
    "last_order_at > '2026-01-01T00:00:00Z'": "{trait: last_order_at, above: 2026-01-01T00:00:00Z}",
    "last_order_at > at - interval 30 days": "{not: {trait: last_order_at, older_than: 30 days}}",
    "true and vip": "{attribute: vip, is: true}",
}


@pytest.mark.parametrize("text", SAME_TREE)
def test_sql_and_yaml_give_one_tree(text: str) -> None:
    assert normalize(read_sql(text)) == normalize(read(SAME_TREE[text]))


def test_the_rule_that_every_marketer_knows_is_read() -> None:
    text = "last_order_at >= CURRENT_DATE - INTERVAL 30 DAYS AND average_order_value > 200 AND orders_total > 0.5"
    leaves = [node for node in every(read_sql(text)) if isinstance(node, Compare)]
    assert [(leaf.name, leaf.comparison.op) for leaf in leaves] == [
        ("last_order_at", "not_before"),
        ("average_order_value", "above"),
        ("orders_total", "above"),
    ]


CUSTOMER: dict[str, Any] = {
    "points": 7,
    "level": 2,
    "credit": Decimal("10.00"),
    "tier": "Gold",
    "vip": True,
    "interests": ("a", "b"),
    "time_zone": None,
}
ANSWERS: dict[str, bool | None] = {
    "points + level * 2 - 1 = 10": True,
    "(points + level) * 2 = 18": True,
    "credit / level = 5": True,
    "credit / (level - 2) > 0": None,
    "points * 9223372036854775807 > 0": None,
    "-points = -7": True,
    "abs(level - points) = 5": True,
    "points > level": True,
    "floor(credit / 3) = 3 and ceil(credit / 3) = 4": True,
    "round(credit / 3, 2) = 3.33": True,
    "cast(points as decimal(12, 2)) / 2 = 3.5": True,
    "cast(credit as decimal(3, 2)) > 0": None,
    "cast(credit as bigint) = 10": True,
    "coalesce(time_zone, 'UTC') = 'UTC'": True,
    "nullif(level, 2) is null": True,
    "greatest(points, level) = 7 and least(points, level) = 2": True,
    "if(vip, points, level) = 7": True,
    "case when level > 5 then 'high' when level > 1 then 'middle' else 'low' end = 'middle'": True,
    "case tier when 'Gold' then vip else false end": True,
    "lower(tier) = 'gold' and upper(tier) = 'GOLD' and length(tier) = 4": True,
    "concat(tier, '-{0}-', 'x') = 'Gold-{0}-x'": True,
    "tier || '!' = 'Gold!'": True,
    "substring(tier, 1, 2) = 'Go'": True,
    "size(interests) = 2": True,
    "lower(time_zone) = 'utc'": None,
    "coalesce(vip, false)": True,
    "points in (level, 7)": True,
    "level between 1 and points": True,
    "tier like 'G_ld'": True,
    "tier like 'g_ld'": False,
    "tier ilike 'g__d'": True,
    "tier like '%o%d'": True,
    "tier like 'Go\\\\%'": False,
    "try_divide(points, 0.0) is null": True,
    "if(vip, 2000000000, 1) + 2000000000 = 4000000000": True,
    "case when vip then 2000000000 else 0 end * 3 > points": True,
    "coalesce(points, 0) * 2000000000 = 14000000000": True,
    "credit / case when vip then 3 else 2.50 end > 3.333": True,
    "credit / greatest(3, level) = 10 / cast(3 as decimal(20, 0))": False,
}


@pytest.mark.parametrize("text", ANSWERS)
def test_a_scalar_expression_is_worked_out(text: str) -> None:
    assert answer(read_sql(text), 0, **CUSTOMER) is ANSWERS[text]


def test_operators_that_may_fail_on_one_row_are_written_so_that_they_do_not() -> None:
    (condition,) = [node for node in every(read_sql("(points + level) / credit > cast(level as decimal(9, 2)) * level")) if list(values(node))]
    assert isinstance(condition, ScalarCondition)
    assert condition.value.expression == "TRY_DIVIDE((TRY_ADD({0}, {1})), {2}) > TRY_MULTIPLY(TRY_CAST({1} AS DECIMAL(9, 2)), {1})"


def test_a_placeholder_in_a_text_is_text() -> None:
    condition = read_sql("concat(tier, '{0}') = tier")
    assert isinstance(condition, ScalarCondition)
    assert isinstance(condition.value, Scalar)
    assert condition.value.expression.format("t") == "CONCAT(t, '{0}') = t"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("vip and last_order_at > at - interval 3 months", "at - interval 3 months"),
        ("hour(at) > 3", "hour(at)"),
        ("last_order_at + interval 1 day > first_order_at", "last_order_at + interval 1 day > first_order_at"),
        ("vip or spnt > 3", "spnt"),
        ("vip\nor spnt > 3", "spnt"),
        ("sum(points) > 3", "sum(points)"),
        ("points > 1e3", "1e3"),
    ],
)
def test_what_is_refused_is_underlined(text: str, part: str) -> None:
    with pytest.raises(UserError) as refused:
        read_sql(text)
    _, line, mark, *_ = str(refused.value).splitlines()
    marked = line[mark.index("^") : mark.rindex("^") + 1]
    assert part in marked or marked in part
    assert marked.strip()


def test_all_unknown_names_are_said_at_once() -> None:
    with pytest.raises(UserError) as refused:
        read_sql("pionts > 3 and tiar = 'a' and (vpi or levle > 2)")
    assert [issue.problem for issue in refused.value.issues] == [
        "unknown name 'levle'",
        "unknown name 'pionts'",
        "unknown name 'tiar'",
        "unknown name 'vpi'",
    ]


@pytest.mark.parametrize(
    ("text", "problem", "marked"),
    [
        ("points between symmetric 3 and 1", "this form of SQL cannot be used in a rule", "points between symmetric 3 and 1"),
        ("vip and last_order_at > at - interval 1 month", "a month has no fixed length", "interval 1 month"),
        ("last_order_at > at - interval 1.5 days", "this is not an interval", "interval 1.5 days"),
        ("last_order_at > seen_at + interval 3 days", "cannot be worked out", "last_order_at > seen_at + interval 3 days"),
        ("vip and hour(last_order_at) > 8", "the function 'hour' cannot be used", "hour(last_order_at)"),
        ("dayofweek(at) = 1", "the function 'dayofweek' cannot be used", "dayofweek(at)"),
        ("sum(points) > 3", "make a trait of it", "sum(points)"),
        ("count(*) > 3", "make a trait of it", "count(*)"),
        ("\"tier\" = 'gold'", "Write tier without quotes", "\"tier\" = 'gold'"),
        ("TIER = 'gold'", "Did you mean 'tier'?", "TIER"),
        ("credit > 1e3", "'1e3' is not an exact number", "1e3"),
    ],
)
def test_what_is_refused_says_why_and_marks_that_part_alone(text: str, problem: str, marked: str) -> None:
    with pytest.raises(UserError) as refused:
        read_sql(text)
    lines = str(refused.value).splitlines()
    assert problem in str(refused.value)
    assert lines[1].strip() == text
    assert lines[1][lines[2].index("^") : lines[2].rindex("^") + 1] == marked


@pytest.mark.parametrize(("text", "first"), [("at >= '2026-01-02'", 0), ("at > '2026-01-02'", 1), ("not (at < date '2026-01-02')", 0)])
def test_the_instant_asked_about_compares_with_a_date_as_its_local_midnight(text: str, first: int) -> None:
    midnight = 1_767_308_400_000_000  # 2026-01-02 in Paris
    condition = read_sql(text, "Europe/Paris")
    assert [answer(condition, midnight + first + step) for step in (-1, 0)] == [False, True]
