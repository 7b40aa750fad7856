"""Exact numbers: sums without rounding, quotients rounded half up, and what does not fit its type is missing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from segmentation.rules.types import RATIO, Type

Number = int | Decimal

_EXACT = Context(prec=400, Emax=10**6, Emin=-(10**6))
_SMALLEST, _GREATEST = -(2**63), 2**63 - 1


def exact_sum(values: Iterable[Number]) -> Number:
    """The sum, exact in any order; an integer where all are."""
    total: Number = 0
    for value in values:
        total = total + value if isinstance(total, int) and isinstance(value, int) else _EXACT.add(Decimal(total), Decimal(value))
    return total


def exact_product(left: Number, right: Number) -> Number:
    return left * right if isinstance(left, int) and isinstance(right, int) else _EXACT.multiply(Decimal(left), Decimal(right))


def fit(value: Number | None, kind: Type) -> Number | None:
    """The number in its type, rounded half up to its places; missing where it is too large."""
    if value is None:
        return None
    if kind.name == "integer":
        whole = value if isinstance(value, int) else int(value.to_integral_value(ROUND_HALF_UP, _EXACT))
        return whole if _SMALLEST <= whole <= _GREATEST else None
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP, _EXACT)
    return rounded if rounded.copy_abs() < Decimal(1).scaleb(kind.precision - kind.scale) else None


def quotient(numerator: Number, denominator: Number, kind: Type = RATIO) -> Number | None:
    """numerator / denominator in places of `kind`, rounded half up from the exact fraction; missing where the denominator is 0."""
    if denominator == 0:
        return None
    scaled = Fraction(numerator) / Fraction(denominator) * 10**kind.scale
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return fit(Decimal(whole if scaled >= 0 else -whole).scaleb(-kind.scale, _EXACT), kind)


def median(values: list[Number]) -> Number | None:
    """The middle value, or the half-way between the two in the middle; values need no order."""
    ordered, half = sorted(values), len(values) // 2
    return quotient(exact_sum((ordered[half], ordered[-half - 1])), 2)
