"""The scalar functions and operators that `sql:` may use: what each is called by users, its arguments, and the type of its answer.

Keyed by the name of sqlglot's class, so that nobody need import sqlglot to ask. What is not here is refused. The interpreter has one
function for each (rules/interpret/scalar.py). None reads the clock, a zone or anything but its arguments, and none makes a float.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segmentation.rules.sql_types import SqlTypeError, Types, added, divided, multiplied, rounded, widest
from segmentation.rules.types import BOOLEAN, INTEGER, STRING, Type


@dataclass(frozen=True)
class SqlFunction:
    """`result` gives the type of the answer for the types of the arguments, or raises SqlTypeError."""

    words: str
    least: int
    most: int | None
    result: Callable[[Types], Type]


def _of(*kinds: str) -> Callable[[Type | None], bool]:
    return lambda kind: kind is None or kind.name in kinds


def _asks(result: Type, *kinds: str) -> Callable[[Types], Type]:
    """Every argument is of one of these kinds."""

    def check(types: Types) -> Type:
        for kind in types:
            if not _of(*kinds)(kind):
                raise SqlTypeError(f"expected {' or '.join(kinds)}, not {kind}")
        return result

    return check


def _compared(types: Types) -> Type:
    if any(kind is not None for kind in types):
        widest(types)
    return BOOLEAN


def _number(types: Types) -> Type:
    _asks(INTEGER, "integer", "decimal")(types)
    return widest(types[:1])


def _whole(types: Types) -> Type:
    return rounded(_number(types), 0)


def _nullif(types: Types) -> Type:
    _compared(types)
    return widest(types[:1])


def _if(types: Types) -> Type:
    _asks(BOOLEAN, "boolean")(types[:1])
    return widest(types[1:])


def _substring(types: Types) -> Type:
    _asks(STRING, "string")(types[:1])
    return _asks(STRING, "integer")(types[1:])


def _array_size(types: Types) -> Type:
    return _asks(INTEGER, "array")(types)


def _array_contains(types: Types) -> Type:
    array, element = types
    if array is not None and (array.element is None or element is None):
        raise SqlTypeError(f"expected an array and an element, not {array} and {element}")
    return _compared((array.element if array else None, element))


_text = _asks(STRING, "string")
_text_test = _asks(BOOLEAN, "string")
_logic = _asks(BOOLEAN, "boolean")

SQL_FUNCTIONS: dict[str, SqlFunction] = {
    "Add": SqlFunction("+", 2, 2, added),
    "Sub": SqlFunction("-", 2, 2, added),
    "Mul": SqlFunction("*", 2, 2, multiplied),
    "Div": SqlFunction("/", 2, 2, divided),
    "SafeAdd": SqlFunction("try_add", 2, 2, added),
    "SafeSubtract": SqlFunction("try_subtract", 2, 2, added),
    "SafeMultiply": SqlFunction("try_multiply", 2, 2, multiplied),
    "SafeDivide": SqlFunction("try_divide", 2, 2, divided),
    "Neg": SqlFunction("-", 1, 1, _number),
    "Abs": SqlFunction("abs", 1, 1, _number),
    "Floor": SqlFunction("floor", 1, 1, _whole),
    "Ceil": SqlFunction("ceil", 1, 1, _whole),
    "EQ": SqlFunction("=", 2, 2, _compared),
    "NEQ": SqlFunction("<>", 2, 2, _compared),
    "GT": SqlFunction(">", 2, 2, _compared),
    "GTE": SqlFunction(">=", 2, 2, _compared),
    "LT": SqlFunction("<", 2, 2, _compared),
    "LTE": SqlFunction("<=", 2, 2, _compared),
    "NullSafeEQ": SqlFunction("<=>", 2, 2, _compared),
    "Between": SqlFunction("between", 3, 3, _compared),
    "In": SqlFunction("in", 2, None, _compared),
    "Is": SqlFunction("is null", 2, 2, lambda _: BOOLEAN),
    "And": SqlFunction("and", 2, 2, _logic),
    "Or": SqlFunction("or", 2, 2, _logic),
    "Not": SqlFunction("not", 1, 1, _logic),
    "Coalesce": SqlFunction("coalesce", 1, None, widest),
    "Greatest": SqlFunction("greatest", 2, None, widest),
    "Least": SqlFunction("least", 2, None, widest),
    "Nullif": SqlFunction("nullif", 2, 2, _nullif),
    "If": SqlFunction("if", 2, 3, _if),
    "Lower": SqlFunction("lower", 1, 1, _text),
    "Upper": SqlFunction("upper", 1, 1, _text),
    "Length": SqlFunction("length", 1, 1, _asks(INTEGER, "string")),
    "Concat": SqlFunction("concat", 1, None, _text),
    "DPipe": SqlFunction("||", 2, 2, _text),
    "Substring": SqlFunction("substring", 2, 3, _substring),
    "StartsWith": SqlFunction("startswith", 2, 2, _text_test),
    "EndsWith": SqlFunction("endswith", 2, 2, _text_test),
    "Contains": SqlFunction("contains", 2, 2, _text_test),
    "ArraySize": SqlFunction("size", 1, 1, _array_size),
    "ArrayContains": SqlFunction("array_contains", 2, 2, _array_contains),
}
"""Beside these: parentheses, `case`, `cast` and `try_cast` to a decimal or bigint, `round` to a literal number of places, literals, NULL."""
