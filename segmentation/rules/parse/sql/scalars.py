"""Scalar SQL over traits and attributes that has no leaf of its own -> Scalar, type-checked step by step as Spark types it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlglot import exp

from segmentation.rules.model import ScalarCondition
from segmentation.rules.parse.sql.reader import Reader, bare, span
from segmentation.rules.parse.sql.rewrites import make_safe, widen_literals
from segmentation.rules.sql_functions import SQL_FUNCTIONS
from segmentation.rules.sql_types import SqlTypeError, literal_integer, rounded, widest
from segmentation.rules.types import BOOLEAN, INTEGER, STRING, Type, decimal
from segmentation.rules.values import Scalar, Value

Inputs = dict[Value, int]
ARITHMETIC = frozenset({"Add", "Sub", "Mul", "Div", "SafeAdd", "SafeSubtract", "SafeMultiply", "SafeDivide"})
_PLACEHOLDER = re.compile(r"input__(\d+)__")


def read_scalar_condition(reader: Reader, node: Any) -> ScalarCondition:
    scalar = read_scalar(reader, node)
    if scalar.type != BOOLEAN:
        raise reader.refuse(node, f"expected a condition, and this is {scalar.type}", "Compare it with something.")
    return ScalarCondition(scalar)


def read_scalar(reader: Reader, node: Any) -> Scalar:
    """The expression with its inputs in the order in which they first appear. Refused: unknown functions, types that do not fit."""
    inputs: Inputs = {}
    node = widen_literals(node)
    kind = _type_of(reader, node, inputs)
    if kind is None:
        raise reader.refuse(node, "null alone has no type")
    safe = make_safe(node, lambda column: f"input__{inputs[reader.value(column)]}__")
    text = safe.sql("databricks").replace("{", "{{").replace("}", "}}")
    return Scalar(_PLACEHOLDER.sub(r"{\1}", text), tuple(inputs), kind)


# ---------------------------------------------------------------- types, bottom up
def _type_of(reader: Reader, node: Any, inputs: Inputs) -> Type | None:
    special = SPECIAL.get(type(node))
    return special(reader, node, inputs) if special else _call(reader, node, inputs)


def arguments(node: Any) -> list[Any]:
    """The arguments of a call in the order in which the parser's class names them."""
    found = (node.args.get(name) for name in node.arg_types)
    parts = (part for each in found for part in (each if isinstance(each, list) else [each]))
    return [part for part in parts if isinstance(part, exp.Expression)]


def _call(reader: Reader, node: Any, inputs: Inputs) -> Type:
    function = SQL_FUNCTIONS.get(type(node).__name__)
    if function is None:
        raise _unknown(reader, node)
    parts = arguments(node)
    if len(parts) < function.least or (function.most is not None and len(parts) > function.most):
        raise reader.refuse(node, f"'{function.words}' takes {_count(function.least, function.most)}, found {len(parts)}")
    if type(node).__name__ in ARITHMETIC and all(isinstance(bare(part), exp.Literal) for part in parts):
        raise reader.refuse(node, "arithmetic of numbers alone", "Write its result.")
    types = tuple(_type_of(reader, part, inputs) for part in parts)
    try:
        return function.result(types)
    except SqlTypeError as error:
        raise reader.refuse(node, f"'{function.words}': {error}") from None


def _unknown(reader: Reader, node: Any) -> Exception:
    if not isinstance(node, exp.Func):
        return reader.refuse(node, "this form of SQL cannot be used in a rule", "A rule compares traits, attributes and at.")
    called = _called(reader, node)
    return reader.refuse(node, f"the function '{called}' cannot be used in a rule", _instead(reader, node, called))


def _called(reader: Reader, node: Any) -> str:
    """The function as it was written; the parser has names of its own."""
    written = re.match(r"(\w+)\s*\(", reader.text[span(node, reader.text)[0] :])
    return (written[1] if written else str(node.this if isinstance(node, exp.Anonymous) else node.sql_name())).lower()


def _instead(reader: Reader, node: Any, called: str) -> str:
    if isinstance(node, exp.AggFunc):
        return "A rule does not aggregate: make a trait of it, such as {sum: orders.total}."
    if any(_is_time(reader, part) for part in node.walk()):
        return "Of times a rule knows intervals, datediff, timestampdiff, date_trunc and to_date."
    known = sorted(
        {each.words for each in SQL_FUNCTIONS.values() if len(each.words) > 3 and not each.words.startswith("try_") and " " not in each.words}
    )
    nearest = difflib.get_close_matches(called, known, n=1, cutoff=0.85)
    return f"Did you mean '{nearest[0]}'?" if nearest else f"Known: {', '.join(known)}."


def _is_time(reader: Reader, part: Any) -> bool:
    if isinstance(part, exp.CurrentDate | exp.CurrentTimestamp):
        return True
    is_known = isinstance(part, exp.Column) and not part.table and part.name in reader.known()
    return is_known and (part.name == "at" or reader.value(part).type.is_temporal)


def _count(least: int, most: int | None) -> str:
    words = f"{least} arguments" if least == most else f"{least} arguments or more" if most is None else f"{least} to {most} arguments"
    return words.replace("1 arguments", "1 argument") if least == most else words


def _column(reader: Reader, node: exp.Column, inputs: Inputs) -> Type:
    if node.name == "at" and not node.table:
        raise reader.refuse(node, "the instants at which this may change cannot be worked out", "at stands in comparisons with a time.")
    value = reader.value(node)
    inputs.setdefault(value, len(inputs))
    return value.type


def _literal(reader: Reader, node: exp.Literal, _: Inputs) -> Type:
    if node.is_string:
        return STRING
    number = reader.number(node)
    if isinstance(number, Decimal):
        places = -int(number.as_tuple().exponent)
        return decimal(max(len(number.as_tuple().digits), places), places)
    if number >= 2**63:
        raise reader.refuse(node, f"{number} is beyond the range of integers")
    return literal_integer(len(str(node.this)))


def _cast(reader: Reader, node: exp.Cast, inputs: Inputs) -> Type:
    kind = _type_of(reader, node.this, inputs)
    sizes = [int(str(each.this)) for each in node.to.expressions if str(each.this).isdigit()]
    name = node.to.this.name
    if name not in ("BIGINT", "DECIMAL") or (kind is not None and not kind.is_numeric):
        raise reader.refuse(node, "a cast leads from a number to bigint or decimal(p,s)")
    precision, scale = (*sizes, 0)[:2] if sizes else (10, 0)
    if not 0 <= scale <= precision <= 38 or precision == 0:
        raise reader.refuse(node, f"decimal({precision},{scale}) does not exist: 38 digits at most")
    return INTEGER if name == "BIGINT" else decimal(precision, scale)


def _round(reader: Reader, node: exp.Round, inputs: Inputs) -> Type:
    kind = _type_of(reader, node.this, inputs) or INTEGER
    places = node.args.get("decimals")
    given = reader.literal(places) if places is not None else None
    if not kind.is_numeric or (places is not None and (given is None or not isinstance(given.value, int) or abs(given.value) > 38)):
        raise reader.refuse(node, "round takes a number and a literal count of places")
    return rounded(kind, int(given.value) if given else 0)


def _case(reader: Reader, node: exp.Case, inputs: Inputs) -> Type:
    subject = node.this if node.this is None else _type_of(reader, node.this, inputs)
    for branch in node.args["ifs"]:
        when = _type_of(reader, branch.this, inputs)
        wanted = BOOLEAN if node.this is None else subject
        if when is not None and wanted is not None and when.name != wanted.name and not (when.is_numeric and wanted.is_numeric):
            raise reader.refuse(branch.this, f"expected {wanted} after when, found {when}")
    outcomes = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    try:
        return widest([_type_of(reader, each, inputs) for each in (*outcomes, *([default] if default is not None else []))])
    except SqlTypeError as error:
        raise reader.refuse(node, f"'case': {error}") from None


SPECIAL: dict[type, Callable[[Reader, Any, Inputs], Type | None]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda *_: BOOLEAN,
    exp.Null: lambda *_: None,
    exp.Paren: lambda reader, node, inputs: _type_of(reader, bare(node), inputs),
    exp.Case: _case,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Round: _round,
}
