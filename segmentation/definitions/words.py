"""Conditions in the few words that a warning has room for."""

from __future__ import annotations

from segmentation.rules.explain.words import comparison_words, condition_words
from segmentation.rules.model import AnyOf, Compare, Condition, Did, DidNot, InSegment, NoneOf, Not
from segmentation.rules.traverse import children
from segmentation.rules.values import Comparison

COUNTS = {"at_least": "at least", "at_most": "at most", "is": "exactly", "between": "between"}


def subject(node: Condition) -> str:
    if isinstance(node, Did | DidNot):
        return f"'{'did' if isinstance(node, Did) else 'did_not'} {node.selection.fact}'"
    if isinstance(node, Compare):
        return f"'{node.name or 'a value'}'"
    if isinstance(node, InSegment):
        return f"'{'not_' if node.negated else ''}in_segment {node.slug}'"
    if isinstance(node, Not) and not children(node.child):
        return f"'not {condition_words(node.child, {})}'"
    return f"'{KINDS.get(type(node)) or condition_words(node, {})}'"


KINDS: dict[type, str] = {AnyOf: "any", NoneOf: "none", Not: "not"}


def wanted(node: Condition) -> str:
    """What a condition asks for, after `asks for` or `for`."""
    if isinstance(node, DidNot):
        return "none"
    if isinstance(node, Did):
        return _count(node.comparison)
    if isinstance(node, Compare):
        return comparison_words(node.comparison, node.value.type)
    return "the contrary"


def _count(comparison: Comparison) -> str:
    if comparison.op == "at_least" and comparison.operand == 1:
        return "at least one"
    return f"{COUNTS[comparison.op]} {_operand(comparison)}"


def _operand(comparison: Comparison) -> str:
    operand = comparison.operand
    return " and ".join(map(str, operand)) if isinstance(operand, tuple) else str(operand)
