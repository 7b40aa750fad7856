"""Values of the language as SQL over measures, and where their instants come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.compile.aggregates import aggregate_sql, property_type
from segmentation.rules.compile.measures import Selected
from segmentation.rules.compile.registry import SCORE, Breakpoint, Registry
from segmentation.rules.compile.selections import is_moving
from segmentation.rules.types import INTEGER, Type


def value_sql(registry: Registry, value: m.Value) -> str:
    """A column (or literal expression) of the point for the value; equal values share it."""
    return registry.value(VALUES[type(value)](registry, value))


def _ratio(registry: Registry, value: m.Ratio) -> str:
    numerator, denominator = (value_sql(registry, side) for side in (value.numerator, value.denominator))
    above, below = (_decimal_of(side) for side in (value.numerator.type, value.denominator.type))
    quotient = f"try_divide(cast({numerator} as decimal(38,{above.scale})), cast({denominator} as {below.spark}))"
    return f"try_cast({quotient} as decimal(38,6))"


def _decimal_of(kind: Type) -> Type:
    return Type("decimal", 20, 0) if kind.name == "integer" else kind


def _arithmetic(registry: Registry, value: m.Arithmetic) -> str:
    sign = {"difference": "try_subtract", "sum_of": "try_add"}[value.function]
    operands = [value_sql(registry, operand) for operand in value.operands]
    result = operands[0]
    for operand in operands[1:]:
        result = f"{sign}({result}, {operand})"
    kind = "bigint" if value.type.name == "integer" else value.type.spark
    return f"try_cast({result} as {kind})"


def _attribute(registry: Registry, value: m.AttributeValue) -> str:
    return attribute_sql(registry, value.name, value.type)


def attribute_sql(registry: Registry, name: str, kind: Type) -> str:
    """The latest setting at or before `at`: by instant, place, position in the place."""
    bit, slot = registry.attribute(name, kind)
    registry.breaks(Breakpoint(bit, "begin"))
    return registry.edge(Selected(bit, is_final=True), "max_by", slot.column, setting_order(registry.places, name))


def setting_order(places: Mapping[str, tuple[str, ...]], attribute: str) -> str:
    """Of settings of the attribute, the one with the largest is the latest."""
    return f"struct(occ, {place_rank(places, attribute)} as place, position, id)"


def place_rank(places: Mapping[str, tuple[str, ...]], attribute: str, column: str = "place") -> str:
    """The rank of a setting's place in the attribute's own order; `column` numbers all places of the vocabulary in order of appearance."""
    numbers = {place: number for number, place in enumerate(dict.fromkeys(each for every in places.values() for each in every))}
    own = [numbers[place] for place in places.get(attribute, ())]
    if own == sorted(own):
        return column
    return f"case {column} " + " ".join(f"when {number} then {rank}" for rank, number in enumerate(own)) + " else -1 end"


def _score(registry: Registry, value: m.ScoreValue) -> str:
    return _published(registry, value.model, "score", value.type)


def _rank(registry: Registry, value: m.RankValue) -> str:
    return _published(registry, f"{value.of}/{value.bands}", "band", INTEGER)


def _published(registry: Registry, model: str, path: str, kind: Type) -> str:
    bit = registry.bit((f"{SCORE}{model}",))
    slot = registry.slot(f"{SCORE}{path}", kind)
    registry.breaks(Breakpoint(bit, "begin"))
    return registry.edge(Selected(bit, is_final=True), "max_by", slot.column)


def _scalar(registry: Registry, value: m.Scalar) -> str:
    return "(" + value.expression.format(*(value_sql(registry, each) for each in value.inputs)) + ")"


VALUES: dict[type, Callable[[Registry, Any], str]] = {
    m.Aggregate: aggregate_sql,
    m.Ratio: _ratio,
    m.Arithmetic: _arithmetic,
    m.AttributeValue: _attribute,
    m.ScoreValue: _score,
    m.RankValue: _rank,
    m.Scalar: _scalar,
}


def origins(registry: Registry, value: m.Value, zone: str) -> Iterable[Breakpoint]:
    """The facts whose own instant (or date) a temporal value may be: where its comparisons with `at` can flip."""
    if isinstance(value, m.AttributeValue):
        bit, slot = registry.attribute(value.name, value.type)
        yield Breakpoint(bit, slot.column, date_zone=zone if value.type.name == "date" else None)
    elif isinstance(value, m.Aggregate):
        kinds, where = value.selection.kinds, value.selection.where
        bit = registry.bit(kinds, tuple(test for test in where if not is_moving(test)))
        if value.path is None:
            yield Breakpoint(bit, "occ")
        else:
            slot = registry.slot(value.path, property_type(registry, value))
            yield Breakpoint(bit, slot.column, date_zone=zone if value.type.name == "date" else None)
    elif isinstance(value, m.Scalar):
        for each in value.inputs:
            yield from origins(registry, each, zone)
