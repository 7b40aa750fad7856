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

FLAGS = frozenset(
    {
        (exp.Concat, "safe"), (exp.DPipe, "safe"), (exp.Div, "safe"), (exp.Div, "typed"), (exp.TryCast, "safe"), (exp.TsOrDsToDate, "safe"),
        (exp.Greatest, "ignore_nulls"), (exp.Least, "ignore_nulls"), (exp.Identifier, "quoted"), (exp.Literal, "is_string"), (exp.Count, "big_int"),
        (exp.Substring, "zero_start"),
    }
)  # fmt: skip
"""What the parser marks nodes with as a matter of course. Any other mark (symmetric, distinct) changes a meaning that nobody here reads."""


def with_plain_negations(root: Any) -> Any:
    """`not like` is one marked node for the parser: the mark becomes a `not` around it."""
    whole = exp.Paren(this=root)
    for node in list(whole.walk()):
        if node.args.get("negate"):
            node.set("negate", None)
            node.replace(exp.Not(this=node.copy()))
    return whole.this


def find_marked(root: Any) -> Any:
    """The first node with a mark that is not a matter of course; None where there is none."""
    return next(
        (
            node
            for node in root.walk()
            for key, value in node.args.items()
            if value is True and (type(node), key) not in FLAGS and not _is_value(node, key)
        ),
        None,
    )


def _is_value(node: Any, key: str) -> bool:
    return isinstance(node, exp.Boolean) and key == "this"


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
