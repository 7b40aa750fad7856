"""One conditional aggregate for each trait function, and the same functions over an array of facts (for `newest`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from segmentation.rules import model as m
from segmentation.rules.compile.measures import Frequency, Median, Selected
from segmentation.rules.compile.registry import Registry
from segmentation.rules.compile.selections import is_matched, select
from segmentation.rules.types import Type


def aggregate_sql(registry: Registry, aggregate: m.Aggregate) -> str:
    """The value of a trait function at a point, over measures."""
    selected = select(registry, aggregate.selection)
    value = _value(registry, aggregate)
    if selected.newest is not None:
        return _over_array(registry, aggregate, selected, value)
    return DIRECT[aggregate.function](registry, selected, value, aggregate)


def _value(registry: Registry, aggregate: m.Aggregate) -> str:
    return "occ" if aggregate.path is None else registry.slot(aggregate.path, property_type(registry, aggregate)).column


def property_type(registry: Registry, aggregate: m.Aggregate) -> Type:
    """The type of the property itself, which `sum` and `average` widen and `distinct` forgets."""
    if aggregate.path is None:
        return aggregate.type
    found = (registry.vocabulary.facts[kind].properties.at(aggregate.path) for kind in aggregate.selection.kinds)
    return next((kind for kind in found if kind is not None), aggregate.type)


def exact_quotient(numerator: str, denominator: str, scale: int) -> str:
    """6 places, rounded half up once: with 38 digits before the division Spark leaves just 6 places after it."""
    return f"cast(try_divide(cast({numerator} as decimal(38,{scale})), cast({denominator} as decimal(20,0))) as decimal(38,6))"


def fit(total: str, kind: Type) -> str:
    """A sum in its declared type; one that does not fit is missing."""
    return f"try_cast({total} as {kind.spark})"


def wide(value: str, kind: Type) -> str:
    return f"cast({value} as decimal(20,0))" if kind.name == "integer" else value


Direct = Callable[[Registry, Selected, str, m.Aggregate], str]


def _edge(function: str) -> Direct:
    """Of the earliest or latest fact."""
    return lambda registry, selected, value, _: registry.edge(selected, function, value)


def _extreme(function: str) -> Direct:
    """The smallest or largest present value."""
    return lambda registry, selected, value, _: registry.edge(selected, function, value, value, in_time=value == "occ")


def count_of(registry: Registry, selected: Selected) -> str:
    """How many facts count."""
    return registry.measure(selected, "count(*)", each="1L")


def _total(registry: Registry, selected: Selected, value: str, kind: Type) -> str:
    added = wide(value, kind)
    return registry.measure(selected, f"sum({added})", each=added)


def _sum(registry: Registry, selected: Selected, value: str, aggregate: m.Aggregate) -> str:
    return fit(f"coalesce({_total(registry, selected, value, property_type(registry, aggregate))}, 0)", aggregate.type)


def _average(registry: Registry, selected: Selected, value: str, aggregate: m.Aggregate) -> str:
    kind = property_type(registry, aggregate)
    total = _total(registry, selected, value, kind)
    count = registry.measure(selected, f"count({value})", each=f"if({value} is null, 0L, 1L)")
    return exact_quotient(total, count, kind.scale)


def _distinct(registry: Registry, selected: Selected, value: str, _: m.Aggregate) -> str:
    """Each fact counts only once those of its value that came before it have left."""
    return registry.measure(_once(selected, value), f"count(distinct {value})", each="1L")


def _values(registry: Registry, selected: Selected, value: str, _: m.Aggregate) -> str:
    return f"sort_array({registry.measure(_once(selected, value), f'collect_list({value})')})"


def _once(selected: Selected, value: str) -> Selected:
    return replace(selected, span=replace(selected.span, once=f"if({selected.bit.is_set}, {value}, null)"))


def _median(registry: Registry, selected: Selected, value: str, aggregate: m.Aggregate) -> str:
    scale = property_type(registry, aggregate).scale
    return exact_quotient(registry.median(selected, Median(value, f"decimal(37,{scale})")), "2", scale)


DIRECT: dict[str, Direct] = {
    "count": lambda registry, selected, _value, _: count_of(registry, selected),
    "sum": _sum,
    "average": _average,
    "minimum": _extreme("min_by"),
    "maximum": _extreme("max_by"),
    "median": _median,
    "distinct": _distinct,
    "first": _edge("min_by"),
    "last": _edge("max_by"),
    "earliest": _extreme("min_by"),
    "latest": _extreme("max_by"),
    "most_frequent": lambda registry, selected, value, _: registry.most_frequent(selected, Frequency(value, "struct(-n as n, v as v)")),
    "values": _values,
}


def _over_array(registry: Registry, aggregate: m.Aggregate, selected: Selected, value: str) -> str:
    """Facts as a sorted array of (occ, id, v[, k]): needed where an order decides which facts count at all."""
    match = f", {selected.matched} as k" if selected.matched else ""
    facts = registry.measure(selected, f"collect_list(struct(occ, id, {value} as v{match}))")
    if selected.newest is not None:
        facts = f"slice(sort_array({facts}, false), 1, {selected.newest})"
    if selected.matched:
        facts = f"filter({facts}, f -> {is_matched(registry, aggregate.selection, 'f.k')})"
    facts = registry.value(f"sort_array({facts})")
    return ARRAYS[aggregate.function](
        facts, f"filter(transform({facts}, f -> f.v), v -> v is not null)", aggregate.type, property_type(registry, aggregate)
    )


def _array_total(values: str, kind: Type) -> str:
    wider = f"decimal(38,{kind.scale})"
    return f"aggregate({values}, cast(0 as {wider}), (total, v) -> cast(total + v as {wider}))"


def _array_median(values: str, kind: Type) -> str:
    """The middle value, or the mean of the two in the middle."""
    lower, upper = (f"cast(get(array_sort({values}), cast((size({values}) - {n}) div 2 as int)) as decimal(37,{kind.scale}))" for n in (1, 0))
    return exact_quotient(f"if(size({values}) % 2 = 1, {lower} * 2, {lower} + {upper})", "2", kind.scale)


def _array_mode(values: str) -> str:
    """The most frequent; of equally frequent ones the smaller: sorted by (-count, value)."""
    counted = f"transform(array_distinct({values}), v -> struct(-size(filter({values}, w -> w = v)) as n, v as v))"
    return f"get(array_sort({counted}), 0).v"


ARRAYS: dict[str, Callable[[str, str, Type, Type], str]] = {
    "count": lambda facts, _values, _type, _kind: f"cast(size({facts}) as bigint)",
    "sum": lambda _facts, values, type_, kind: fit(_array_total(values, kind), type_),
    "average": lambda _facts, values, _type, kind: exact_quotient(_array_total(values, kind), f"size({values})", kind.scale),
    "minimum": lambda _facts, values, _type, _kind: f"array_min({values})",
    "maximum": lambda _facts, values, _type, _kind: f"array_max({values})",
    "median": lambda _facts, values, _type, kind: _array_median(values, kind),
    "distinct": lambda _facts, values, _type, _kind: f"cast(size(array_distinct({values})) as bigint)",
    "first": lambda facts, _values, _type, _kind: f"get({facts}, 0).v",
    "last": lambda facts, _values, _type, _kind: f"get({facts}, size({facts}) - 1).v",
    "earliest": lambda facts, _values, _type, _kind: f"get({facts}, 0).occ",
    "latest": lambda facts, _values, _type, _kind: f"get({facts}, size({facts}) - 1).occ",
    "most_frequent": lambda _facts, values, _type, _kind: _array_mode(values),
    "values": lambda _facts, values, _type, _kind: f"sort_array(array_distinct({values}))",
}
"""Function over (facts as structs, present values, type of the answer, type of the property)."""
