"""What the checker rules out never happens, and it rules out what a reader would."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from segmentation.rules.check_answers import Checker
from segmentation.rules.interpret import Customer, evaluate
from segmentation.rules.model import (
    Aggregate,
    All,
    AnyOf,
    AttributeValue,
    Compare,
    Comparison,
    Condition,
    Constant,
    Did,
    DidNot,
    Everyone,
    IfMissing,
    InSegment,
    Not,
    PropertyTest,
    Selection,
    Tree,
    Window,
)
from segmentation.rules.normalize import normalize, normalize_rules
from segmentation.rules.types import BOOLEAN, INTEGER, STRING, TIMESTAMP, Type, decimal
from tests.property.generated_facts import GRID
from tests.property.strategies import always, base_of, generate_case, span_of

DAY = 86_400_000_000


@pytest.mark.parametrize("seed", range(60))
def test_an_answer_that_is_ruled_out_is_never_given(seed: int) -> None:
    case = generate_case(seed, customers=2)
    start, end = span_of(base_of(seed))
    rules = normalize_rules(case.rule_set)
    checker = Checker({segment.slug: segment.rule for segment in rules.segments})
    for customer_id, facts in case.customers.items():
        customer = Customer(customer_id, facts, (always(rules),), case.vocabulary)
        for at in range(start, end, 3 * GRID):
            if customer.exists_from is None or at < customer.exists_from:
                continue
            for segment in rules.segments:
                answers, answer = checker.answers(segment.rule), evaluate(segment.rule, customer.at(at))
                possible = {True: answers.true, False: answers.false, None: answers.unknown}[answer]
                assert possible is not None, f"{segment.slug} is {answer}, which was ruled out"


def orders(days: int | None = None, *where: PropertyTest) -> Selection:
    return Selection("orders", ("orders",), where=where, window=Window(within=days * DAY if days else None))


def count(op: str, number: object, days: int | None = None) -> Condition:
    return Compare(Aggregate("count", orders(days), None, INTEGER), Comparison(op, number))


def attribute(op: str, operand: object, kind: Type = INTEGER) -> Condition:
    return Compare(AttributeValue("x", kind), Comparison(op, operand))


LARGE = PropertyTest("total", decimal(12, 2), Comparison("above", Decimal(100)))
FALSE_RULES: dict[str, Condition] = {
    "did and did_not": All((Did(orders()), DidNot(orders()))),
    "did in the last month, not in the last quarter": All((Did(orders(30)), DidNot(orders(90)))),
    "a large one, and none": All((Did(orders(30, LARGE)), DidNot(orders(30)))),
    "more in a month than in a quarter": All((count("at_least", 5, 30), count("below", 5, 90))),
    "above and below": All((attribute("above", 3), attribute("below", 4))),
    "between and not in": All((attribute("between", (2, 3)), attribute("not_in", (2, 3)))),
    "two values at once": All((attribute("is", "a", STRING), attribute("is", "b", STRING))),
    "a value that is missing": All((attribute("is", "a", STRING), attribute("exists", False, STRING))),
    "a prefix of what is missing": All((attribute("starts_with", "a", STRING), attribute("exists", False, STRING))),
    "a negative count": count("below", 0),
    "young and old": All((attribute("within", 30 * DAY, TIMESTAMP), attribute("older_than", 30 * DAY, TIMESTAMP))),
    "x and not x": All((attribute("matches", "a+", STRING), Not(attribute("matches", "a+", STRING)))),
    "in a segment and out of it": All((InSegment("vip"), InSegment("vip", negated=True))),
    "inside a rule and against it": All((InSegment("vip"), attribute("below", 0))),
    "each branch of an any": All((AnyOf((attribute("below", 0), attribute("above", 9))), attribute("between", (1, 2)))),
    "a tree whose outcomes are never true": Tree(((attribute("above", 3), attribute("below", 2)),)),
    "neither yes nor no": All((attribute("is_not", True, BOOLEAN), attribute("is_not", False, BOOLEAN))),
    "a constant": Constant(answer=False),
}
TRUE_RULES: dict[str, Condition] = {
    "any number of orders": count("at_least", 0),
    "did or did_not": AnyOf((Did(orders()), DidNot(orders()))),
    "did in a quarter or not in a month": AnyOf((Did(orders(90)), DidNot(orders(30)))),
    "missing or not": AnyOf((attribute("exists", True), attribute("exists", False))),
    "above, below or missing": IfMissing(AnyOf((attribute("above", 3), attribute("at_most", 3))), answer=True),
    "everyone": AnyOf((attribute("above", 3), Everyone())),
    "in a segment or not": AnyOf((InSegment("vip"), InSegment("vip", negated=True))),
}
OPEN_RULES: dict[str, Condition] = {
    "did, and not lately": All((Did(orders()), DidNot(orders(180)))),
    "a small one, and no large one": All((Did(orders(30)), DidNot(orders(30, LARGE)))),
    "just between two fractions": All((attribute("above", Decimal("0.5"), decimal(9, 2)), attribute("below", Decimal("0.6"), decimal(9, 2)))),
    "one whole number": All((attribute("above", 3), attribute("below", 5))),
    "above or below: unknown where missing": AnyOf((attribute("above", 3), attribute("at_most", 3))),
    "x or not x: unknown where missing": AnyOf((attribute("matches", "a", STRING), Not(attribute("matches", "a", STRING)))),
    "two prefixes": All((attribute("starts_with", "a", STRING), attribute("starts_with", "ab", STRING))),
    "at the edge of a window": All((attribute("within", 30 * DAY, TIMESTAMP), attribute("older_than", 30 * DAY - 1, TIMESTAMP))),
    "status of one, rule of the other": All((InSegment("vip", active=True), InSegment("vip", negated=True))),
    "newest three": All((Did(Selection("orders", ("orders",), newest=3)), DidNot(orders(30)))),
}


def verdict(rule: Condition) -> str:
    answers = Checker({"vip": attribute("above", 3)}).answers(normalize(rule))
    return "false" if answers.true is None else "true" if answers.not_true is None else "open"


def named(rules: Mapping[str, Condition], expected: str) -> list[object]:
    return [pytest.param(rule, expected, id=name) for name, rule in rules.items()]


@pytest.mark.parametrize(("rule", "expected"), [*named(FALSE_RULES, "false"), *named(TRUE_RULES, "true"), *named(OPEN_RULES, "open")])
def test_a_rule_is_called_always_false_always_true_or_neither(rule: Condition, expected: str) -> None:
    assert verdict(rule) == expected
