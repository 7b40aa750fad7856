"""The types of scalar SQL expressions as Spark gives them: how decimals grow in arithmetic, and what values of several types become.

Spark: DecimalPrecision / DecimalType.adjustPrecisionScale. An integer literal is a decimal of just its digits beside a decimal; other
integers are decimal(20,0).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from segmentation.rules.types import INTEGER, Type, decimal

MOST_DIGITS = 38
LEAST_SCALE = 6
"""Places that stay when a result needs more than 38 digits."""

Types = tuple[Type | None, ...]
"""Of arguments; None is the type of a NULL."""


class SqlTypeError(ValueError):
    """The arguments of an operator or function do not fit it; the text says how."""


def literal_integer(digits: int) -> Type:
    """An integer literal: its digits count beside a decimal."""
    return Type("integer", precision=digits)


def adjusted(precision: int, scale: int) -> Type:
    """At most 38 digits, places given up before whole digits are, down to 6."""
    if precision <= MOST_DIGITS:
        return decimal(precision, scale)
    return decimal(MOST_DIGITS, max(MOST_DIGITS - (precision - scale), min(scale, LEAST_SCALE)))


def as_decimal(kind: Type) -> Type:
    return decimal(kind.precision or 20, 0) if kind.name == "integer" else kind


def _pair(types: Types) -> tuple[Type, Type]:
    left, right = (INTEGER if kind is None else kind for kind in types)
    if not (left.is_numeric and right.is_numeric):
        raise SqlTypeError(f"arithmetic needs numbers, not {left} and {right}")
    return left, right


def added(types: Types) -> Type:
    """Of + and -."""
    left, right = _pair(types)
    if left.name == right.name == "integer":
        return INTEGER
    left, right = as_decimal(left), as_decimal(right)
    scale = max(left.scale, right.scale)
    return adjusted(max(left.precision - left.scale, right.precision - right.scale) + scale + 1, scale)


def multiplied(types: Types) -> Type:
    left, right = _pair(types)
    if left.name == right.name == "integer":
        return INTEGER
    left, right = as_decimal(left), as_decimal(right)
    return adjusted(left.precision + right.precision + 1, left.scale + right.scale)


def divided(types: Types) -> Type:
    """Of /; between two integers Spark answers with a double, which takes no part in a decision."""
    left, right = _pair(types)
    if left.name == right.name == "integer":
        raise SqlTypeError("a division of two integers is a floating-point number; write cast(… as decimal(38,6)) about one of them")
    left, right = as_decimal(left), as_decimal(right)
    scale = max(LEAST_SCALE, left.scale + right.precision + 1)
    return adjusted(left.precision - left.scale + right.scale + scale, scale)


def _wider(left: Type, right: Type) -> Type:
    if left.name == right.name == "integer":
        return INTEGER
    if left.is_numeric and right.is_numeric:
        left, right = as_decimal(left), as_decimal(right)
        scale = max(left.scale, right.scale)
        return _prefer_whole_digits(max(left.precision - left.scale, right.precision - right.scale), scale)
    if left != right:
        raise SqlTypeError(f"{left} and {right} are not of one type")
    return left


def _prefer_whole_digits(whole: int, scale: int) -> Type:
    return decimal(min(whole + scale, MOST_DIGITS), max(0, min(scale, MOST_DIGITS - whole)))


def widest(types: Iterable[Type | None]) -> Type:
    """The one type that values of all these types become; of NULLs alone there is none."""
    known = [kind for kind in types if kind is not None]
    if not known:
        raise SqlTypeError("NULL alone has no type")
    return reduce(_wider, known)


def rounded(kind: Type, places: int) -> Type:
    """Of round, floor and ceil: a whole digit more, at most the places asked for."""
    if kind.name == "integer":
        return INTEGER
    scale = min(kind.scale, max(0, places))
    return decimal(min(kind.precision - kind.scale + 1 + scale, MOST_DIGITS), scale)
