"""A rule in one form for all that mean the same: sugar away, flat, sorted. Three-valued answers stay as they are, at every point.

One rewrite is one function of one node whose children are done already; the order of the rewrites is the tuple PASSES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from segmentation.rules.canonical import canonical_text
from segmentation.rules.model import (
    All,
    AnyOf,
    Compare,
    Condition,
    Constant,
    Did,
    DidNot,
    IfMissing,
    InSegment,
    NoneOf,
    Not,
    RuleSet,
    SegmentRule,
    Tree,
)
from segmentation.rules.traverse import with_children
from segmentation.rules.types import INTEGER
from segmentation.rules.values import Aggregate, Comparison, PropertyTest, Selection

TRUE, FALSE = Constant(answer=True), Constant(answer=False)
NEVER_UNKNOWN = frozenset({"exists"})


def normalize(condition: Condition) -> Condition:
    """The lowered rule: no Did, DidNot, NoneOf; Compare without the name it was written by."""
    node = with_children(not_any_for_none(condition), normalize)
    for rewrite in PASSES:
        node = rewrite(node)
    return node


def normalize_rules(rules: RuleSet) -> RuleSet:
    return replace(rules, segments=tuple(SegmentRule(each.slug, normalize(each.rule)) for each in rules.segments))


# ---------------------------------------------------------------- sugar
def count_for_did(node: Condition) -> Condition:
    """did and did_not are comparisons of a count."""
    if isinstance(node, Did):
        return Compare(_count(node.selection), node.comparison)
    if isinstance(node, DidNot):
        return Compare(_count(node.selection), Comparison("is", 0))
    return node


def _count(selection: Selection) -> Aggregate:
    return Aggregate("count", selection, None, INTEGER)


def not_any_for_none(node: Condition) -> Condition:
    return Not(AnyOf(node.children)) if isinstance(node, NoneOf) else node


# ---------------------------------------------------------------- leaves
def forget_names(node: Condition) -> Condition:
    """Two traits of one definition are one value."""
    return replace(node, name="") if isinstance(node, Compare) and node.name else node


def sort_options(node: Condition) -> Condition:
    """`in` and the like do not care for order or repetition; `in` of one value is `is`."""
    if isinstance(node, Compare):
        return replace(node, comparison=_sorted_options(node.comparison))
    return node


SINGLE = {"in": "is", "not_in": "is_not", "contains_any": "contains", "contains_all": "contains"}


def _sorted_options(comparison: Comparison) -> Comparison:
    if comparison.op not in SINGLE:
        return comparison
    options = tuple(sorted(set(comparison.operand), key=canonical_text))
    if len(options) == 1:
        return replace(comparison, op=SINGLE[comparison.op], operand=options[0])
    return replace(comparison, operand=options)


def sort_tests(node: Condition) -> Condition:
    """The tests of a `where` all hold, whatever their order."""
    if isinstance(node, Compare) and isinstance(node.value, Aggregate):
        selection = node.value.selection
        tests = tuple(sorted({_sorted_test(test) for test in selection.where}, key=canonical_text))
        return replace(node, value=replace(node.value, selection=replace(selection, where=tests)))
    return node


def _sorted_test(test: PropertyTest) -> PropertyTest:
    return replace(test, comparison=_sorted_options(test.comparison))


# ---------------------------------------------------------------- negation, missing
def cancel_not(node: Condition) -> Condition:
    """not not x is x, also where x is unknown; a constant and a reference turn around by themselves."""
    if not isinstance(node, Not):
        return node
    match node.child:
        case Not():
            return node.child.child
        case Constant():
            return Constant(not node.child.answer)
        case InSegment():
            return replace(node.child, negated=not node.child.negated)
        case Compare() if node.child.comparison.op == "exists":
            comparison = node.child.comparison
            return replace(node.child, comparison=replace(comparison, operand=not comparison.operand))
        case _:
            return node


def drop_useless_if_missing(node: Condition) -> Condition:
    """What is never unknown has no use for it."""
    return node.child if isinstance(node, IfMissing) and _is_known(node.child) else node


def _is_known(node: Condition) -> bool:
    if isinstance(node, Compare):
        is_count = isinstance(node.value, Aggregate) and node.value.function in ("count", "distinct")
        return is_count or node.comparison.op in NEVER_UNKNOWN
    return isinstance(node, Constant | InSegment | IfMissing)


# ---------------------------------------------------------------- all, any, tree
def flatten(node: Condition) -> Condition:
    if isinstance(node, All | AnyOf):
        kind = type(node)
        return kind(tuple(inner for child in node.children for inner in (child.children if isinstance(child, kind) else (child,))))
    return node


def drop_neutral(node: Condition) -> Condition:
    """true in an all and false in an any say nothing; the other way round they decide, whatever is unknown beside them."""
    if not isinstance(node, All | AnyOf):
        return node
    neutral, deciding = (TRUE, FALSE) if isinstance(node, All) else (FALSE, TRUE)
    if deciding in node.children:
        return deciding
    children = tuple(child for child in node.children if child != neutral)
    return type(node)(children) if children else neutral


def sort_children(node: Condition) -> Condition:
    if isinstance(node, All | AnyOf):
        return type(node)(tuple(sorted(set(node.children), key=canonical_text)))
    return node


def unwrap_single(node: Condition) -> Condition:
    return node.children[0] if isinstance(node, All | AnyOf) and len(node.children) == 1 else node


def prune_tree(node: Condition) -> Condition:
    """A branch that is never taken goes; what follows one that is always taken is never reached."""
    if not isinstance(node, Tree):
        return node
    branches: list[tuple[Condition, Condition]] = []
    for when, then in node.branches:
        if when == TRUE:
            return Tree(tuple(branches), then) if branches else then
        if when != FALSE:
            branches.append((when, then))
    return Tree(tuple(branches), node.otherwise) if branches else node.otherwise


Rewrite = Callable[[Any], Condition]
PASSES: tuple[Rewrite, ...] = (
    count_for_did,
    forget_names,
    sort_options,
    sort_tests,
    cancel_not,
    drop_useless_if_missing,
    flatten,
    drop_neutral,
    sort_children,
    unwrap_single,
    prune_tree,
)
