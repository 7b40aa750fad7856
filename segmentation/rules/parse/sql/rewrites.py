"""Scalar SQL made safe before Spark sees it: no row may stop a batch, and Spark's 32-bit integers take no part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

SAFE: dict[type, type[exp.Func]] = {
    exp.Add: exp.SafeAdd,
    exp.Sub: exp.SafeSubtract,
    exp.Mul: exp.SafeMultiply,
    exp.Div: exp.SafeDivide,
    exp.Cast: exp.TryCast,
}
"""What overflows or divides by zero is missing, and never an error."""

CHOICES = (exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif)


def widen_literals(node: Any) -> Any:
    """A copy in which every whole number that a choice may answer with is a bigint: alone, Spark takes it for a 32-bit integer."""
    root = exp.Paren(this=node.copy())
    for part in list(root.walk()):
        if isinstance(part, exp.Literal) and not part.is_string and str(part.this).isdigit() and _is_chosen(part):
            part.replace(exp.Cast(this=part.copy(), to=exp.DataType.build("bigint")))
    return root.this


def _is_chosen(part: Any) -> bool:
    while isinstance(part.parent, exp.Paren | exp.Neg):
        part = part.parent
    above = part.parent
    if isinstance(above, exp.If):
        return part.arg_key in ("true", "false")
    return isinstance(above, CHOICES) or (isinstance(above, exp.Case) and part.arg_key == "default")


def make_safe(node: Any, named: Callable[[exp.Column], str]) -> Any:
    """A copy with safe operators, changed from the inside out; columns are renamed."""
    root = exp.Paren(this=node.copy())
    for part in reversed(list(root.walk())):
        if isinstance(part, exp.Column):
            part.replace(exp.column(named(part)))
        elif type(part) in SAFE:
            safe = SAFE[type(part)]
            part.replace(safe(**{key: value for key, value in part.args.items() if key in safe.arg_types}))
    return root.this
