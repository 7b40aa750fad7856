"""Scalar SQL as Spark works it out: the expected values are Spark 4.1's own answers to the same expressions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from segmentation.rules import model as m
from segmentation.rules.interpret.scalar import FUNCTIONS, SEES_NULL
from segmentation.rules.sql_functions import SQL_FUNCTIONS
from segmentation.rules.sql_types import SqlTypeError
from segmentation.rules.types import BOOLEAN, INTEGER, RATIO, STRING, Type, decimal
from tests.unit.rules.timelines import MONEY, at, event, total_of, worth

MISSING = total_of("maximum", kind=MONEY)
TOTAL = total_of("maximum")
COUNT = m.Aggregate("count", TOTAL.selection, None, INTEGER)
NAME = m.Aggregate("last", TOTAL.selection, "status", STRING)
BOUGHT = event("bought", 1, total=Decimal("-12.34"), status="Été")


@pytest.mark.parametrize(
    ("expression", "kind", "expected"),
    [
        ("coalesce({0}, 0) * 2", decimal(15, 2), Decimal("-24.68")),
        ("abs({0}) + {1}", decimal(23, 2), Decimal("13.34")),
        ("{0} / 7", RATIO, Decimal("-1.762857")),
        ("round({0} / 7, 2)", MONEY, Decimal("-1.76")),
        ("round({0})", MONEY, Decimal(-12)),
        ("round(15, -1)", INTEGER, 20),
        ("floor({0})", INTEGER, -13),
        ("ceil({0})", INTEGER, -12),
        ("try_divide({0}, {1} - 1)", RATIO, None),
        ("case when {1} > 1 then 'many' when {1} = 1 then 'one' end", STRING, "one"),
        ("case {1} when 2 then 'two' else 'other' end", STRING, "other"),
        ("lower({2})", STRING, "été"),
        ("concat(upper({2}), '!')", STRING, "ÉTÉ!"),
        ("length({2})", INTEGER, 3),
        ("substring({2}, -2, 1)", STRING, "t"),
        ("nullif({1}, 1)", INTEGER, None),
        ("greatest({0}, null, 3)", MONEY, Decimal(3)),
        ("{0} between -13 and null", BOOLEAN, None),
        ("{0} between 0 and null", BOOLEAN, False),
        ("{1} in (2, null)", BOOLEAN, None),
        ("{1} in (1, null)", BOOLEAN, True),
        ("{1} <=> null", BOOLEAN, False),
        ("{2} is not null and {1} >= 1", BOOLEAN, True),
        ("try_add(9223372036854775807, {1})", INTEGER, None),
        ("cast(-1.5 as bigint)", INTEGER, -1),
        ("cast({1} as decimal(38,6)) / 3", RATIO, Decimal("0.333333")),
        ("if({1} > 5, 1, 2)", INTEGER, 2),
    ],
)
def test_a_scalar_expression_answers_as_spark_does(expression: str, kind: Type, expected: Any) -> None:
    assert worth(m.Scalar(expression, (TOTAL, COUNT, NAME), kind), 2, BOUGHT) == expected


def test_a_missing_input_makes_a_missing_answer() -> None:
    assert worth(m.Scalar("{0} + 1", (MISSING,), MONEY), 2) is None
    assert worth(m.Scalar("coalesce({0}, 1)", (MISSING,), MONEY), 2) == 1


def test_a_boolean_scalar_may_be_a_condition_with_three_answers() -> None:
    condition = m.ScalarCondition(m.Scalar("{0} > 1 or {1} = 7", (MISSING, COUNT), BOOLEAN))
    from segmentation.rules.interpret import evaluate

    assert evaluate(condition, at(2)) is None
    assert evaluate(condition, at(2, event("bought", 1, total=Decimal(2)))) is True


def test_every_function_that_may_be_written_has_a_meaning() -> None:
    assert set(FUNCTIONS) == set(SQL_FUNCTIONS)
    assert set(FUNCTIONS) > SEES_NULL


def test_a_division_of_integers_is_refused_since_it_makes_a_float() -> None:
    with pytest.raises(SqlTypeError, match="floating-point"):
        SQL_FUNCTIONS["Div"].result((INTEGER, INTEGER))
