"""Values that are made of other values, set from outside, or published."""

from __future__ import annotations

from typing import Any

from segmentation.rules import model as m
from segmentation.rules.interpret.customer import Kind, Point
from segmentation.rules.interpret.decimals import exact_product, exact_sum, fit, quotient
from segmentation.rules.interpret.evaluation import value_of, works_out


@works_out(m.Ratio)
def _ratio(ratio: m.Ratio, point: Point) -> Any:
    numerator, denominator = value_of(ratio.numerator, point), value_of(ratio.denominator, point)
    return None if numerator is None or denominator is None else quotient(numerator, denominator, ratio.type)


@works_out(m.Arithmetic)
def _arithmetic(arithmetic: m.Arithmetic, point: Point) -> Any:
    operands = [value_of(operand, point) for operand in arithmetic.operands]
    if None in operands:
        return None
    first, *others = operands
    sign = -1 if arithmetic.function == "difference" else 1
    return fit(exact_sum((first, *(exact_product(other, sign) for other in others))), arithmetic.type)


@works_out(m.AttributeValue)
def _attribute(attribute: m.AttributeValue, point: Point) -> Any:
    return point.attribute(attribute.name)


@works_out(m.ScoreValue)
def _score(score: m.ScoreValue, point: Point) -> Any:
    return _published(point.customer.scores(score.model), "score", point)


@works_out(m.RankValue)
def _rank(rank: m.RankValue, point: Point) -> Any:
    return _published(point.customer.scores(f"{rank.of}/{rank.bands}"), "band", point)


def _published(published: Kind, name: str, point: Point) -> Any:
    """What the latest publication says: a customer left out of its values has none, whatever was published before."""
    facts = published.valid_at(point.at)
    return facts[-1].properties.get(name) if facts else None
