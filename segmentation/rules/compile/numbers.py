"""Comparisons of exact numbers: a bound that the column's type cannot hold becomes the nearest it can, so that Spark never rounds one."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from segmentation.rules.compile.sql import literal
from segmentation.rules.types import Type

DIGITS = 38
"""Spark's limit, for both sides of a comparison together: beyond it Spark cuts places off, and 1.00 becomes equal to 1.004."""
_EXACT = Context(prec=400)


def compare_number(column: str, kind: Type, sign: str, bound: int | Decimal) -> str:
    """`column sign bound` for numbers of any size and with any number of places; null where the column is."""
    if sign in ("=", "!="):
        return f"{column} {sign} {number_literal(kind, bound)}" if can_hold(kind, bound) else known_answer(column, sign == "!=")
    nearest = _in_places(kind, bound, ROUND_FLOOR if sign in (">", "<=") else ROUND_CEILING)
    if not can_hold(kind, nearest):
        return known_answer(column, (nearest > 0) == (sign in ("<", "<=")))
    return f"{column} {sign} {number_literal(kind, nearest)}"


def can_hold(kind: Type, number: int | Decimal) -> bool:
    """Whether a column of the type may ever equal the number."""
    return Decimal(number).copy_abs() < Decimal(1).scaleb(DIGITS - kind.scale) and _in_places(kind, number, ROUND_FLOOR) == number


def number_literal(kind: Type, number: int | Decimal) -> str:
    """A number that the type can hold, with the places of the type."""
    return literal(int(number) if kind.name == "integer" else _in_places(kind, number, ROUND_FLOOR))


def known_answer(column: str, answer: bool) -> str:
    """The same for every value that is there."""
    return f"if({column} is null, cast(null as boolean), {literal(answer)})"


def _in_places(kind: Type, number: int | Decimal, rounding: str) -> Decimal:
    return Decimal(number).quantize(Decimal(1).scaleb(-kind.scale), rounding, _EXACT)
