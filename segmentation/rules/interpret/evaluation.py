"""The two questions of the interpreter, a table from node to function each: a condition's answer and a value at a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.interpret.customer import Point

Truth = bool | None
Answer = Callable[[Any, Point], Truth]
Worth = Callable[[Any, Point], Any]

CONDITIONS: dict[type, Answer] = {}
VALUES: dict[type, Worth] = {}


def evaluate(condition: m.Condition, point: Point) -> Truth:
    """True, false, or None for unknown: the answer about one customer at one instant."""
    answer: Truth = point.keep(condition, CONDITIONS[type(condition)])
    return answer


def value_of(value: m.Value, point: Point) -> Any:
    """The value at the point, None where it is missing; int, Decimal, str, bool, date, microseconds, or a tuple of these."""
    return point.keep(value, VALUES[type(value)])


def answers(node: type) -> Callable[[Answer], Answer]:
    """Enter a function as the meaning of a condition node."""

    def enter(function: Answer) -> Answer:
        CONDITIONS[node] = function
        return function

    return enter


def works_out(node: type) -> Callable[[Worth], Worth]:
    """Enter a function as the meaning of a value node."""

    def enter(function: Worth) -> Worth:
        VALUES[node] = function
        return function

    return enter
