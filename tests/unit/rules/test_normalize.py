"""Normalizing changes the form of a rule and none of its answers."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest

from segmentation.rules.canonical import canonical_text
from segmentation.rules.fingerprint import fingerprint
from segmentation.rules.interpret import Customer, evaluate
from segmentation.rules.model import (
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
    NoneOf,
    Not,
    PropertyTest,
    Selection,
    Tree,
)
from segmentation.rules.normalize import normalize, normalize_rules
from segmentation.rules.traverse import every
from segmentation.rules.types import BOOLEAN, INTEGER, STRING, decimal
from tests.property.generated_facts import GRID
from tests.property.strategies import always, base_of, generate_case, span_of

ORDERS = Selection("orders", ("orders",))
A, B = (Compare(AttributeValue(name, STRING), Comparison("is", "x")) for name in ("a", "b"))


@pytest.mark.parametrize("seed", range(40))
def test_every_answer_is_the_same_true_false_or_unknown(seed: int) -> None:
    case = generate_case(seed, customers=2)
    start, end = span_of(base_of(seed))
    lowered = normalize_rules(case.rule_set)
    for customer_id, facts in case.customers.items():
        written, normal = (Customer(customer_id, facts, (always(rules),), case.vocabulary) for rules in (case.rule_set, lowered))
        for at in range(start, end, 2 * GRID):
            answers = [evaluate(segment.rule, written.at(at)) for segment in case.rule_set.segments]
            assert [evaluate(segment.rule, normal.at(at)) for segment in lowered.segments] == answers


@pytest.mark.parametrize("seed", range(10))
def test_normalizing_twice_is_normalizing_once_and_leaves_no_sugar(seed: int) -> None:
    for segment in generate_case(seed, customers=0).rule_set.segments:
        once = normalize(segment.rule)
        assert normalize(once) == once
        assert not [node for node in every(once) if isinstance(node, Did | DidNot | NoneOf)]


def options(op: str, *values: str) -> Condition:
    return Compare(AttributeValue("a", STRING), Comparison(op, values))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (All((A, B)), All((B, A, B))),
        (All((A, All((B, A)))), All((A, B))),
        (AnyOf((A, AnyOf((B,)))), AnyOf((B, A))),
        (NoneOf((A, B)), Not(AnyOf((B, A)))),
        (Not(Not(A)), A),
        (Not(InSegment("vip")), InSegment("vip", negated=True)),
        (All((A, Constant(answer=True))), A),
        (AnyOf((A, Constant(answer=True))), Constant(answer=True)),
        (DidNot(ORDERS), Did(ORDERS, Comparison("is", 0))),
        (IfMissing(Did(ORDERS), answer=False), Did(ORDERS)),
        (options("in", "y", "x", "y"), options("in", "x", "y")),
        (options("in", "x"), A),
        (Compare(AttributeValue("a", STRING), Comparison("is", "x"), name="a"), A),
        (Tree(((Constant(answer=False), A), (Constant(answer=True), B), (A, A)), A), B),
    ],
)
def test_rules_that_mean_the_same_have_one_fingerprint(one: Condition, other: Condition) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (All((A, B)), AnyOf((A, B))),
        (A, B),
        (IfMissing(A, answer=False), A),
        (IfMissing(A, answer=False), IfMissing(A, answer=True)),
        (Did(ORDERS), Did(ORDERS, Comparison("at_least", 2))),
        (Tree(((A, B),)), All((A, B))),
        (InSegment("vip"), InSegment("vip", active=True)),
        (Everyone(), Constant(answer=True)),
    ],
)
def test_rules_that_differ_have_two_fingerprints(one: Condition, other: Condition) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_equal_values_have_one_text_whichever_was_seen_first() -> None:
    assert canonical_text(Comparison("is", True)) == canonical_text(Comparison("is", 1))
    assert canonical_text(Comparison("above", Decimal("0.5"))) == canonical_text(Comparison("above", Decimal("0.50")))
    as_boolean, as_integer = (Compare(AttributeValue("a", kind), Comparison("is", 1)) for kind in (BOOLEAN, INTEGER))
    assert canonical_text(as_boolean) != canonical_text(as_integer)


def test_the_order_of_tests_in_where_does_not_matter() -> None:
    tests = [PropertyTest("total", decimal(12, 2), Comparison("above", Decimal(5))), PropertyTest("status", STRING, Comparison("is", "paid"))]
    one, other = (Did(Selection("orders", ("orders",), where=tuple(order))) for order in (tests, tests[::-1]))
    assert fingerprint(one) == fingerprint(other)


def test_another_process_gives_the_same_fingerprint() -> None:
    program = (
        "from segmentation.rules.fingerprint import fingerprint; from segmentation.rules.model import *;"
        "print(fingerprint(All((InSegment('b'), InSegment('a'), Everyone()))))"
    )
    found = {
        subprocess.run([sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert found == {fingerprint(All((Everyone(), InSegment("a"), InSegment("b")))) + "\n"}
