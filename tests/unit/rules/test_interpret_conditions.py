"""Conditions and comparisons: three answers, exact bounds, and what each leaf means by hand from the language's tables."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from decimal import Decimal
from typing import Any

import pytest

from segmentation.rules import model as m
from segmentation.rules.interpret import CONDITIONS, VALUES, evaluate
from segmentation.rules.interpret.flips import BREAKS
from segmentation.rules.types import BOOLEAN, DATE, INTEGER, STRING, TIMESTAMP, Type, array
from tests.unit.rules.timelines import (
    HOUR,
    ask,
    at,
    customer,
    entry,
    euros,
    event,
    of,
    row,
    test_of,
    total_of,
)

TIER, STAFF, BIRTHDAY, SEEN = (
    m.AttributeValue(name, kind) for name, kind in (("tier", STRING), ("is_staff", BOOLEAN), ("birthday", DATE), ("seen_at", TIMESTAMP))
)
TRUE, FALSE = m.Constant(answer=True), m.Constant(answer=False)
UNKNOWN = m.Compare(TIER, m.Comparison("is", "gold"))
LEAVES = {True: TRUE, False: FALSE, None: UNKNOWN}
ANSWERS = (True, False, None)


# ---------------------------------------------------------------- three answers
def kleene_and(*answers: bool | None) -> bool | None:
    return False if False in answers else None if None in answers else True


@pytest.mark.parametrize("answers", list(itertools.product(ANSWERS, repeat=2)))
def test_all_any_none_and_not_follow_sql(answers: tuple[bool | None, ...]) -> None:
    children = tuple(LEAVES[answer] for answer in answers)
    flipped = tuple(None if answer is None else not answer for answer in answers)
    none_of = kleene_and(*flipped)
    assert ask(m.All(children), 1) is kleene_and(*answers)
    assert ask(m.NoneOf(children), 1) is none_of
    assert ask(m.AnyOf(children), 1) is (None if none_of is None else not none_of)
    assert ask(m.Not(children[0]), 1) is flipped[0]


def test_if_missing_answers_only_what_is_unknown() -> None:
    assert [ask(m.IfMissing(LEAVES[answer], True), 1) for answer in ANSWERS] == [True, False, True]
    assert [ask(m.IfMissing(LEAVES[answer], False), 1) for answer in ANSWERS] == [True, False, False]


def test_in_a_tree_the_first_that_is_true_decides_and_unknown_goes_on() -> None:
    tree = m.Tree(((UNKNOWN, TRUE), (FALSE, TRUE), (TRUE, UNKNOWN), (TRUE, TRUE)), TRUE)
    assert ask(tree, 1) is None
    assert ask(m.Tree(((UNKNOWN, TRUE),)), 1) is False
    assert ask(m.Tree(((FALSE, TRUE),), m.Tree(((TRUE, TRUE),))), 1) is True


def test_every_node_has_a_meaning_and_breakpoints() -> None:
    assert set(m.Leaf.__args__) | {m.All, m.AnyOf, m.NoneOf, m.Not, m.IfMissing, m.Tree} == set(CONDITIONS) == set(BREAKS)  # type: ignore[attr-defined]
    assert set(m.Value.__args__) == set(VALUES)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- comparisons
def compared(value: Any, op: str, operand: Any, kind: Type = STRING, hour: float = 10, **more: Any) -> bool | None:
    """Through a property of the last fact, so that any type can be asked about."""
    last = m.Aggregate("last", of("bought"), "x", kind)
    return ask(m.Compare(last, m.Comparison(op, operand, **more)), hour, event("bought", 1, x=value))


@pytest.mark.parametrize(
    ("value", "op", "operand", "expected"),
    [
        (3, "is", 3, True),
        (3, "is", Decimal("3.00"), True),
        (Decimal("3.5"), "above", 3, True),
        (3, "above", 3, False),
        (3, "at_least", 3, True),
        (3, "below", 3, False),
        (3, "at_most", 3, True),
        (3, "is_not", 3, False),
        (1, "between", (1, 2), True),
        (2, "between", (1, 2), True),
        (Decimal("2.01"), "between", (1, 2), False),
        ("b", "in", ("a", "b"), True),
        ("c", "in", ("a", "b"), False),
        ("c", "not_in", ("a", "b"), True),
        ("Zoé", "above", "Zoe", True),
        ("abc", "contains", "b", True),
        ("abc", "contains_any", ("x", "c"), True),
        ("abc", "contains_all", ("x", "c"), False),
        ("abc", "starts_with", "ab", True),
        ("abc", "starts_with", "b", False),
        ("abc", "ends_with", "bc", True),
        ("", "starts_with", "", True),
        (("a", None), "contains", "a", True),
        (("a", None), "contains", "b", False),
        ((), "contains", "b", False),
        (("a", "b"), "contains_all", ("a", "b"), True),
        (("a",), "contains_any", ("b",), False),
        (True, "is", True, True),
        (False, "is_not", True, True),
        (dt.date(2026, 1, 2), "above", dt.date(2026, 1, 1), True),
    ],
)
def test_a_word_about_a_value_that_is_there(value: Any, op: str, operand: Any, expected: bool) -> None:
    assert compared(value, op, operand, array(STRING) if isinstance(value, tuple) else STRING) is expected


@pytest.mark.parametrize("op", ["is", "is_not", "above", "at_least", "below", "at_most", "contains", "starts_with", "ends_with", "matches"])
def test_a_comparison_with_a_missing_value_is_unknown(op: str) -> None:
    assert compared(None, op, "a") is None


@pytest.mark.parametrize(("op", "operand"), [("in", ("a",)), ("not_in", ("a",)), ("between", ("a", "b")), ("within", HOUR), ("before", 3)])
def test_so_is_one_with_several_values_or_with_time(op: str, operand: Any) -> None:
    assert compared(None, op, operand) is None


def test_exists_is_never_unknown() -> None:
    assert [compared(value, "exists", wanted) for value in (None, "") for wanted in (True, False)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("xaby", "a.", True),
        ("a\nb", "a.b", False),
        ("a\rb", "a.b", True),
        ("ab\n", "b$", True),
        ("ab\r", "b$", False),
        ("é", r"\w", False),
        ("٣", r"\d", False),
        ("\u00a0", r"\s", False),
        ("", "^$", True),
    ],
)
def test_a_regular_expression_is_found_anywhere_and_its_classes_are_ascii(text: str, pattern: str, expected: bool) -> None:
    assert compared(text, "matches", pattern) is expected


def test_ignoring_case() -> None:
    assert compared("ÉTÉ", "is", "été", ignoring_case=True) is True
    assert compared(("Ab", "x"), "contains", "aB", array(STRING), ignoring_case=True) is True
    assert compared("GOLD", "in", ("gold",), ignoring_case=True) is True
    assert compared("GOLD", "matches", "^gold$", ignoring_case=True) is True
    assert compared("É", "matches", "é", ignoring_case=True) is False, "outside ASCII, a pattern does not fold"


@pytest.mark.parametrize(
    ("op", "operand", "true_at", "false_at"),
    [
        ("within", 24 * HOUR, (10, 33.999), (9.999, 34)),
        ("older_than", 24 * HOUR, (34, 99), (33.999,)),
        ("within_next", 24 * HOUR, (-14, 9.999), (-14.001, 10)),
        ("since", m.Since(instant=10 * HOUR), (10, 99), (9.999,)),
        ("since", m.Since(instant=11 * HOUR), (), (10, 99)),
        ("before", 10 * HOUR + 1, (10,), ()),
        ("before", 10 * HOUR, (), (10,)),
        ("after", 10 * HOUR - 1, (10,), ()),
        ("after", 10 * HOUR, (), (10,)),
        ("before", dt.date(1970, 1, 2), (10,), ()),
        ("after", dt.date(1970, 1, 1), (10,), ()),
    ],
)
def test_a_word_about_an_instant(op: str, operand: Any, true_at: tuple[float, ...], false_at: tuple[float, ...]) -> None:
    seen = m.Compare(SEEN, m.Comparison(op, operand))
    said = row(-99, seen_at=10 * HOUR)
    assert [ask(seen, hour, said) for hour in true_at] == [True] * len(true_at)
    assert [ask(seen, hour, said) for hour in false_at] == [False] * len(false_at)


# ---------------------------------------------------------------- facts
@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (m.Comparison("at_least", 1), [False, True, True]),
        (m.Comparison("at_most", 1), [True, True, False]),
        (m.Comparison("is", 0), [True, False, False]),
        (m.Comparison("between", (1, 2)), [False, True, True]),
    ],
)
def test_did_compares_the_count(comparison: m.Comparison, expected: list[bool]) -> None:
    facts = [event("bought", 1), event("bought", 2)]
    assert [ask(m.Did(of("bought"), comparison), 9, *facts[:count]) for count in (0, 1, 2)] == expected


def test_did_not_is_true_without_any_fact() -> None:
    assert ask(m.DidNot(of("bought")), 9) is True
    assert ask(m.DidNot(of("bought")), 9, event("bought", 1)) is False


def test_last_has_is_false_without_a_fact_and_unknown_where_has_is() -> None:
    def last(edge: str, **modifiers: Any) -> m.Condition:
        return m.EdgeHas(edge, of("bought", **modifiers), (test_of("status", "is", "paid"),))  # type: ignore[arg-type]

    facts = [event("bought", 1, "a", status="paid"), event("bought", 2, "b", status="x"), event("bought", 3, "c")]
    assert ask(last("last"), 9) is False
    assert ask(last("last"), 9, *facts) is None
    assert ask(last("last"), 9, *facts[:2]) is False
    assert ask(last("first"), 9, *facts) is True
    assert ask(last("last", where=(test_of("status", "exists", True),)), 9, *facts) is False


def test_a_list_counts_from_added_until_removed() -> None:
    assert [ask(m.ListedIn("blocked"), hour, entry("blocked", 2, 4)) for hour in (1, 2, 3.9, 4)] == [False, True, True, False]
    assert ask(m.ListedIn("blocked"), 9, entry("other", 2)) is False


def test_a_sample_takes_the_first_13_hex_digits_of_the_hash() -> None:
    share = int(hashlib.sha256(b"salt:c1").hexdigest()[:13], 16)
    assert evaluate(m.Sample(share + 1, "salt"), customer(customer_id="c1").at(0)) is True
    assert evaluate(m.Sample(share, "salt"), customer(customer_id="c1").at(0)) is False
    assert evaluate(m.Sample(16**13, "salt"), customer(customer_id="c1").at(0)) is True


def test_a_lifetime_is_half_open() -> None:
    life = m.Lifetime(2 * HOUR, 4 * HOUR)
    assert [ask(life, hour) for hour in (1.9, 2, 3.9, 4)] == [False, True, True, False]
    assert ask(m.Lifetime(), 1) is True


def test_a_point_of_a_total_is_asked_once() -> None:
    """What was worked out is kept by node, also where a node is made anew for each question."""
    point = at(9, event("bought", 1, total=euros("5")), event("bought", 2, total=euros("7")))
    for bound, expected in ((5, True), (12, False), (11, True), (5, True)):
        largest = total_of("sum")
        assert evaluate(m.Compare(largest, m.Comparison("above", bound)), point) is expected


def test_a_date_is_asked_about_by_its_local_midnight() -> None:
    born = row(-99, birthday=dt.date(1970, 1, 2), time_zone="Asia/Kolkata")
    today = m.Compare(BIRTHDAY, m.Comparison("within", 24 * HOUR, zone="customer"))
    assert [ask(today, hour, born) for hour in (18.4999, 18.5, 42.4999, 42.5)] == [False, True, True, False]
    assert ask(m.Compare(total_of("count", None, INTEGER), m.Comparison("is", 0)), 1, born) is True
