"""The rule of a segment as a tree of answers: each node in words, its truth, its value, and the facts that decide it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from segmentation.rules import model as m
from segmentation.rules.explain.evidence import Evidence, evidence_of
from segmentation.rules.explain.words import Names, condition_words, value_words
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.evaluation import Truth, evaluate
from segmentation.rules.interpret.statuses import catalogue
from segmentation.rules.traverse import children

DEEPEST = 4
"""References to segments followed from one to the next."""


@dataclass(frozen=True)
class Node:
    """`truth` None is unknown. `value` is in words, empty where the node compares none. `count` counts facts beyond those shown."""

    words: str
    truth: Truth
    value: str = ""
    facts: tuple[Evidence, ...] = ()
    count: int = 0
    children: tuple[Node, ...] = ()


def explain_condition(condition: m.Condition, point: Point, names: Names | None = None, depth: int = DEEPEST) -> Node:
    """The node and all under it, asked at one point. names: value -> what users call it."""
    known: Mapping[m.Value, str] = names or {}
    words, truth = condition_words(condition, known), evaluate(condition, point)
    inner = tuple(_inner(condition, point, known, depth))
    if inner:
        return Node(words, truth, children=inner)
    found = evidence_of(condition, point)
    value = value_words(found.value, found.type) if found.type is not None else ""
    return Node(words, truth, value, found.facts, found.count)


def _inner(condition: m.Condition, point: Point, names: Names, depth: int) -> Iterator[Node]:
    for child in children(condition):
        yield explain_condition(child, point, names, depth)
    if isinstance(condition, m.InSegment) and depth and point.in_force is not None:
        rule = catalogue(point.in_force.rule_set).rules.get(condition.slug)
        if rule is not None:
            yield explain_condition(rule, point, names, depth - 1)
