"""Leaves of a rule as boolean SQL over measures and values; each registers the breakpoints at which it can flip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.compile.aggregates import count_of
from segmentation.rules.compile.bits import FactBit
from segmentation.rules.compile.measures import Selected
from segmentation.rules.compile.predicates import Subject, comparison_sql
from segmentation.rules.compile.registry import LIST, Breakpoint, Registry
from segmentation.rules.compile.selections import has_sql, is_matched, is_moving, select, subject_of, temporal_breaks, zone_sql
from segmentation.rules.compile.sequences import sequence_sql
from segmentation.rules.compile.sql import literal, mentions_zone, quote
from segmentation.rules.compile.values import attribute_sql, origins, value_sql
from segmentation.rules.types import INTEGER, STRING


def leaf_sql(registry: Registry, leaf: m.Leaf) -> str:
    """The column of the leaf's answer (null is unknown); equal leaves share it."""
    return registry.leaf(LEAVES[type(leaf)](registry, leaf))


def _compare(registry: Registry, leaf: m.Compare) -> str:
    sql = value_sql(registry, leaf.value)
    if leaf.value.type.is_temporal:
        for origin in origins(registry, leaf.value, leaf.comparison.zone):
            registry.breaks(*temporal_breaks(origin, leaf.comparison))
    return comparison_sql(subject_of(sql, leaf.value), leaf.comparison)


def _did(registry: Registry, leaf: m.Did) -> str:
    return _compare(registry, m.Compare(m.Aggregate("count", leaf.selection, None, INTEGER), leaf.comparison))


def _did_not(registry: Registry, leaf: m.DidNot) -> str:
    return _did(registry, m.Did(leaf.selection, m.Comparison("is", 0)))


def _edge_has(registry: Registry, leaf: m.EdgeHas) -> str:
    """False when there is no such fact, else what `has` says of it, unknown included."""
    selected = select(registry, leaf.selection)
    for test in leaf.has:
        slot = registry.slot(test.path, test.type)
        if is_moving(test) and test.type.is_temporal:
            zone = test.comparison.zone if test.type.name == "date" else None
            registry.breaks(*temporal_breaks(Breakpoint(selected.bit, slot.column, date_zone=zone), test.comparison))
    asked = _asked_later(registry, leaf.has)
    value = asked or has_sql(registry, leaf.has)
    if selected.newest is None:
        newest = registry.edge(selected, {"last": "max_by", "first": "min_by"}[leaf.edge], value)
        return f"({count_of(registry, selected)} > 0 and {has_sql(registry, leaf.has, f'{newest}.') if asked else newest})"
    match = f", {selected.matched} as k" if selected.matched else ""
    facts = registry.measure(selected, f"collect_list(struct(occ, id, ({value}) as v{match}))")
    kept = f"slice(sort_array({facts}, false), 1, {selected.newest})"
    kept = registry.value(f"filter({kept}, f -> {is_matched(registry, leaf.selection, 'f.k')})" if selected.matched else kept)
    newest = f"get({kept}, {'0' if leaf.edge == 'last' else f'size({kept}) - 1'}).v"
    return f"(size({kept}) > 0 and {has_sql(registry, leaf.has, f'{newest}.') if asked else newest})"


def _asked_later(registry: Registry, has: tuple[m.PropertyTest, ...]) -> str | None:
    """What the point itself has to ask of the fact, because its answer moves with `at`; None where the fact says it once for all."""
    if not any(map(is_moving, has)):
        return None
    return f"struct({', '.join(dict.fromkeys(registry.slot(test.path, test.type).column for test in has))})"


def _attribute_for(registry: Registry, leaf: m.AttributeFor) -> str:
    """True now, and whatever it was before was over at at - W, if it was not true."""
    bits = [registry.attribute(leaf.value.name, leaf.value.type)[0]]
    now = comparison_sql(subject_of(attribute_sql(registry, leaf.value.name, leaf.value.type), leaf.value), leaf.comparison)
    if is_zoned := mentions_zone(now):
        bits.append(registry.attribute("time_zone", STRING)[0])
    past = registry.past(leaf.value.name, leaf.value.type, is_zoned)
    before = comparison_sql(Subject(f"{past}.before", leaf.value.type, f"{past}.zone"), leaf.comparison)
    registry.breaks(*(each for bit in bits for each in (Breakpoint(bit, "begin").then(leaf.duration), Breakpoint(bit, "begin"))))
    refuted, unknown = (_is_recent(registry, bits, over, leaf.duration) for over in (f"not ({before})", f"({before}) is null"))
    return f"(({now}) and if({refuted}, false, if({unknown}, null, true)))"


def _attribute_changed(registry: Registry, leaf: m.AttributeChanged) -> str:
    """The first known value is no change; to and from null are."""
    bit, _ = registry.attribute(leaf.value.name, leaf.value.type)
    registry.breaks(Breakpoint(bit, "begin").then(leaf.within), Breakpoint(bit, "begin"))
    return _is_recent(registry, [bit], f"{registry.past(leaf.value.name, leaf.value.type)}.is_change", leaf.within)


def _is_recent(registry: Registry, bits: list[FactBit], condition: str, within: int) -> str:
    """Whether the latest setting with the condition is not as old as `within`."""
    latest = [registry.edge(Selected(bit, is_final=True), "max_by", "occ", f"if({condition}, occ, null)") for bit in bits]
    return " or ".join(f"coalesce({each} > at - {within}L, false)" for each in latest)


def _anniversary(registry: Registry, leaf: m.Anniversary) -> str:
    date = value_sql(registry, leaf.value)
    bit, slot = registry.attribute(leaf.value.name, leaf.value.type)
    registry.breaks(
        *(Breakpoint(bit, slot.column, date_zone=leaf.zone, yearly=True, days=days) for days in (1 - leaf.days, 1)), Breakpoint(bit, "begin")
    )
    today = f"to_date(from_utc_timestamp(timestamp_micros(at), {zone_sql(leaf.zone)}))"
    near = (anniversary(date, f"year({today}) + {ahead}") for ahead in (0, 1))
    return "(" + " or ".join(f"({on} >= {today} and {on} < date_add({today}, {leaf.days}))" for on in near) + ")"


def anniversary(date: str, year: str) -> str:
    """The anniversary of `date` in `year`; of 29 February, 1 March where the year has none."""
    leap = f"day(last_day(make_date({year}, 2, 1))) = 29"
    is_skipped = f"(month({date}) = 2 and day({date}) = 29 and not {leap})"
    return f"if({is_skipped}, make_date({year}, 3, 1), make_date({year}, month({date}), if({is_skipped}, 1, day({date}))))"


def _listed(registry: Registry, leaf: m.ListedIn) -> str:
    bit = registry.bit((f"{LIST}{leaf.name}",))
    registry.breaks(Breakpoint(bit, "begin"), Breakpoint(bit, "until"))
    return f"{count_of(registry, Selected(bit))} > 0"


def _sample(_: Registry, leaf: m.Sample) -> str:
    digits = f"substr(sha2(concat({quote(leaf.salt + ':')}, customer_id), 256), 1, 13)"
    return f"cast(conv({digits}, 16, 10) as bigint) < {leaf.bound}L"


def _lifetime(registry: Registry, leaf: m.Lifetime) -> str:
    bounds = [(">=", leaf.starts_at), ("<", leaf.expires_at)]
    given = [(sign, instant) for sign, instant in bounds if instant is not None]
    registry.breaks(*(Breakpoint(None, f"at:{instant}") for _, instant in given))
    return " and ".join(f"at {sign} {instant}L" for sign, instant in given) or "true"


LEAVES: dict[type, Callable[[Registry, Any], str]] = {
    m.Compare: _compare,
    m.Did: _did,
    m.DidNot: _did_not,
    m.EdgeHas: _edge_has,
    m.AttributeFor: _attribute_for,
    m.AttributeChanged: _attribute_changed,
    m.Anniversary: _anniversary,
    m.Sequence: sequence_sql,
    m.ListedIn: _listed,
    m.Sample: _sample,
    m.Lifetime: _lifetime,
    m.Everyone: lambda _registry, _leaf: "true",
    m.Constant: lambda _registry, leaf: literal(leaf.answer),
    m.ScalarCondition: lambda registry, leaf: value_sql(registry, leaf.value),
}
