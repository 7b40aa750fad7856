"""Which text columns of a mapping's expression are read as numbers."""

from __future__ import annotations

import pytest

from segmentation.events.number_columns import with_numbers

N = "try_cast(q as decimal(18,6))"


@pytest.mark.parametrize(
    ("expression", "read_as"),
    [
        ("q > 0", f"{N} > 0"),
        ("-q * 2", f"-{N} * 2"),
        ("(q) between 1 and 3", f"({N}) between 1 and 3"),
        ("q in (1, 2)", f"{N} in (1, 2)"),
        ("q = `Q` + 1", f"{N} = try_cast(`Q` as decimal(18,6)) + 1"),
        ("q>0 and name = 'x'", f"{N}>0 and name = 'x'"),
        ("try_cast(name as int) * q", f"try_cast(name as int) * {N}"),
    ],
)
def test_a_text_column_is_a_number_beside_numbers_and_in_arithmetic(expression, read_as):
    assert with_numbers(expression, {"q", "name"}) == read_as


@pytest.mark.parametrize(
    "expression", ["q", "q = 'x'", "q like 'C%'", "concat(q, 1)", "q = name", "try_cast(q as int) > 0", "p.q > 0", "price > 0", "q >"]
)
def test_anything_else_stays_exactly_as_it_was_written(expression):
    assert with_numbers(expression, {"q", "name"}) == expression
