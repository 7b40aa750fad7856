"""Scalar SQL expressions of values, worked out as Spark does: each step in its type, what does not fit it missing."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from segmentation.rules import model as m
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.decimals import exact_product, exact_sum, fit, quotient
from segmentation.rules.interpret.evaluation import value_of, works_out
from segmentation.rules.interpret.logic import all_of, any_of, negation
from segmentation.rules.sql_functions import SQL_FUNCTIONS
from segmentation.rules.sql_types import literal_integer, rounded, widest
from segmentation.rules.types import BOOLEAN, INTEGER, STRING, Type, decimal


class Typed(NamedTuple):
    value: Any
    type: Type | None


Inputs = dict[str, Typed]


@works_out(m.Scalar)
def _scalar(scalar: m.Scalar, point: Point) -> Any:
    inputs = {f"v{index}": Typed(value_of(each, point), each.type) for index, each in enumerate(scalar.inputs)}
    return _in_type(_worth(_parsed(scalar.expression, len(inputs)), inputs).value, scalar.type)


@cache
def _parsed(expression: str, inputs: int) -> Any:
    import sqlglot

    return sqlglot.parse_one(expression.format(*(f"v{index}" for index in range(inputs))), read="spark")


def _in_type(value: Any, kind: Type) -> Any:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return fit(value, kind) if is_number and kind.is_numeric else value


def _worth(node: Any, inputs: Inputs) -> Typed:
    special = SPECIAL.get(type(node).__name__)
    return special(node, inputs) if special else _call(node, inputs)


def _arguments(node: Any, inputs: Inputs) -> list[Typed]:
    """Arguments in the order in which sqlglot's class names them."""
    found = (node.args.get(name) for name in node.arg_types)
    parts = (part for each in found for part in (each if isinstance(each, list) else [each]))
    return [_worth(part, inputs) for part in parts if hasattr(part, "arg_types")]


def _call(node: Any, inputs: Inputs) -> Typed:
    name = type(node).__name__
    arguments = _arguments(node, inputs)
    result = SQL_FUNCTIONS[name].result(tuple(argument.type for argument in arguments))
    values = [argument.value for argument in arguments]
    if name not in SEES_NULL and None in values:
        return Typed(None, result)
    return Typed(_in_type(FUNCTIONS[name](values, result), result), result)


def _literal(node: Any, _: Inputs) -> Typed:
    text = str(node.this)
    if node.is_string:
        return Typed(text, STRING)
    if text.isdigit():
        return Typed(int(text), literal_integer(len(text)))
    number = Decimal(text)
    places = -int(number.as_tuple().exponent)
    return Typed(number, decimal(max(len(number.as_tuple().digits), places), places))


def _cast(node: Any, inputs: Inputs) -> Typed:
    """To decimal(p,s) or bigint, from numbers; a decimal loses its places towards zero on the way to an integer."""
    value, kind = _worth(node.this, inputs)
    target: Any = node.args["to"]
    sizes = [int(str(each.this)) for each in target.expressions]
    cast = CASTS.get(target.this.name)
    result = cast(sizes) if cast else kind
    if result is None or not result.is_numeric or value is None:
        return Typed(value, result)
    number = Decimal(value) if isinstance(value, str) else value
    return Typed(fit(math.trunc(number) if result.name == "integer" else number, result), result)


CASTS: dict[str, Callable[[list[int]], Type | None]] = {
    "BIGINT": lambda _: INTEGER,
    "DECIMAL": lambda sizes: decimal(*(sizes or (10, 0))),
}
"""The types a cast may lead to; a cast to another keeps value and type."""


def _round(node: Any, inputs: Inputs) -> Typed:
    value, kind = _worth(node.this, inputs)
    places = node.args.get("decimals")
    count = int(_worth(places, inputs).value) if places is not None else 0
    result = rounded(kind or INTEGER, count)
    if value is None or count >= 0:
        return Typed(fit(value, result), result)
    tens = 10**-count
    return Typed(fit(exact_product(quotient(value, tens, decimal(38, 0)) or 0, tens), result), result)


def _case(node: Any, inputs: Inputs) -> Typed:
    subject = _worth(node.this, inputs) if node.this is not None else None
    branches = [(_worth(branch.this, inputs), _worth(branch.args["true"], inputs)) for branch in node.args["ifs"]]
    default = _worth(node.args["default"], inputs) if node.args.get("default") is not None else Typed(None, None)
    result = widest([then.type for _, then in branches] + [default.type])
    for when, then in branches:
        is_met = when.value is True if subject is None else when.value is not None and when.value == subject.value
        if is_met:
            return Typed(_in_type(then.value, result), result)
    return Typed(_in_type(default.value, result), result)


SPECIAL: dict[str, Callable[[Any, Inputs], Typed]] = {
    "Column": lambda node, inputs: inputs[node.name],
    "Literal": _literal,
    "Boolean": lambda node, _: Typed(bool(node.this), BOOLEAN),
    "Null": lambda *_: Typed(None, None),
    "Paren": lambda node, inputs: _worth(node.this, inputs),
    "Case": _case,
    "Cast": _cast,
    "TryCast": _cast,
    "Round": _round,
}

SEES_NULL = frozenset({"And", "Or", "Is", "NullSafeEQ", "Coalesce", "Greatest", "Least", "Nullif", "If", "In", "Between"})
"""Functions that have something to say about a NULL; the others answer NULL."""


def _unequal(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else left != right


def _at_least(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else left >= right


def _substring(values: list[Any]) -> str:
    """Positions count from 1, from the end where negative; 0 is the first."""
    text, start, *length = values
    first = start - 1 if start > 0 else len(text) + start if start < 0 else 0
    end = first + length[0] if length else len(text)
    return str(text[max(first, 0) : max(end, 0)])


FUNCTIONS: dict[str, Callable[[list[Any], Type], Any]] = {
    "Add": lambda values, _: exact_sum(values),
    "Sub": lambda values, _: exact_sum((values[0], exact_product(values[1], -1))),
    "Mul": lambda values, _: exact_product(*values),
    "Div": lambda values, result: quotient(values[0], values[1], result),
    "Neg": lambda values, _: exact_product(values[0], -1),
    "Abs": lambda values, _: exact_product(values[0], -1 if values[0] < 0 else 1),
    "Floor": lambda values, _: math.floor(values[0]),
    "Ceil": lambda values, _: math.ceil(values[0]),
    "EQ": lambda values, _: values[0] == values[1],
    "NEQ": lambda values, _: values[0] != values[1],
    "GT": lambda values, _: values[0] > values[1],
    "GTE": lambda values, _: values[0] >= values[1],
    "LT": lambda values, _: values[0] < values[1],
    "LTE": lambda values, _: values[0] <= values[1],
    "NullSafeEQ": lambda values, _: values[0] == values[1],
    "Between": lambda values, _: all_of((_at_least(values[0], values[1]), _at_least(values[2], values[0]))),
    "In": lambda values, _: any_of(negation(_unequal(values[0], each)) for each in values[1:]),
    "Is": lambda values, _: values[0] is values[1],
    "And": lambda values, _: all_of(values),
    "Or": lambda values, _: any_of(values),
    "Not": lambda values, _: negation(values[0]),
    "Coalesce": lambda values, _: next((value for value in values if value is not None), None),
    "Greatest": lambda values, _: max((value for value in values if value is not None), default=None),
    "Least": lambda values, _: min((value for value in values if value is not None), default=None),
    "Nullif": lambda values, _: None if values[0] == values[1] else values[0],
    "If": lambda values, _: values[1] if values[0] is True else (*values, None)[2],
    "Lower": lambda values, _: values[0].lower(),
    "Upper": lambda values, _: values[0].upper(),
    "Length": lambda values, _: len(values[0]),
    "Concat": lambda values, _: "".join(values),
    "DPipe": lambda values, _: "".join(values),
    "Substring": lambda values, _: _substring(values),
    "StartsWith": lambda values, _: values[0].startswith(values[1]),
    "EndsWith": lambda values, _: values[0].endswith(values[1]),
    "Contains": lambda values, _: values[1] in values[0],
    "ArraySize": lambda values, _: len(values[0]),
    "ArrayContains": lambda values, _: True if values[1] in values[0] else None if None in values[0] else False,
}
FUNCTIONS |= {safe: FUNCTIONS[plain] for safe, plain in (("SafeAdd", "Add"), ("SafeSubtract", "Sub"), ("SafeMultiply", "Mul"), ("SafeDivide", "Div"))}
"""Function over (values, type of the answer)."""
