"""Walks over the nodes of a rule: conditions under conditions, and the values they compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from segmentation.rules.model import (
    All,
    Anniversary,
    AnyOf,
    AttributeChanged,
    AttributeFor,
    Compare,
    Condition,
    Did,
    DidNot,
    EdgeHas,
    IfMissing,
    NoneOf,
    Not,
    ScalarCondition,
    Sequence,
    Tree,
)
from segmentation.rules.values import Aggregate, Arithmetic, Ratio, Scalar, Selection, Value


def children(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly under one."""
    if isinstance(condition, All | AnyOf | NoneOf):
        return condition.children
    if isinstance(condition, Not | IfMissing):
        return (condition.child,)
    if isinstance(condition, Tree):
        return (*(part for branch in condition.branches for part in branch), condition.otherwise)
    return ()


def with_children(condition: Condition, change: Callable[[Condition], Condition]) -> Condition:
    """The same node with each child changed; a leaf is itself."""
    match condition:
        case All():
            return All(tuple(map(change, condition.children)))
        case AnyOf():
            return AnyOf(tuple(map(change, condition.children)))
        case NoneOf():
            return NoneOf(tuple(map(change, condition.children)))
        case Not():
            return Not(change(condition.child))
        case IfMissing():
            return IfMissing(change(condition.child), condition.answer)
        case Tree():
            branches = tuple((change(when), change(then)) for when, then in condition.branches)
            return Tree(branches, change(condition.otherwise))
        case _:
            return condition


def every(condition: Condition) -> Iterator[Condition]:
    """A condition and all conditions under it, outside in."""
    yield condition
    for child in children(condition):
        yield from every(child)


def values(condition: Condition) -> Iterator[Value]:
    """The values that a leaf itself compares, those inside them too."""
    if isinstance(condition, Compare | AttributeFor | AttributeChanged | Anniversary | ScalarCondition):
        yield from _inside(condition.value)


def _inside(value: Value) -> Iterator[Value]:
    yield value
    for part in parts(value):
        yield from _inside(part)


def parts(value: Value) -> tuple[Value, ...]:
    """The values that one is worked out from."""
    if isinstance(value, Ratio):
        return value.numerator, value.denominator
    if isinstance(value, Arithmetic):
        return value.operands
    return value.inputs if isinstance(value, Scalar) else ()


def selections(condition: Condition) -> Iterator[Selection]:
    """The facts that a leaf itself reads."""
    if isinstance(condition, Did | DidNot | EdgeHas):
        yield condition.selection
    if isinstance(condition, Sequence):
        yield from (step.selection for step in condition.steps)
    yield from (value.selection for value in values(condition) if isinstance(value, Aggregate))
