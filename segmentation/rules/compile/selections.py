"""Which facts a trait reads at a point: its bit, and between which instants each counts; and the breakpoints that follow."""

from __future__ import annotations

from collections.abc import Iterable

from segmentation.rules import model as m
from segmentation.rules.compile.bits import FactBit
from segmentation.rules.compile.intervals import TURNED, Interval, interval_of
from segmentation.rules.compile.measures import Selected, Span
from segmentation.rules.compile.predicates import Subject, property_test_sql
from segmentation.rules.compile.registry import Breakpoint, Registry, Shift
from segmentation.rules.compile.sql import CUSTOMER_ZONE, FOREVER, literal, mentions_zone, quote, start_of

ZONE = "zone"
"""The column of a point that holds the customer's time zone."""


def is_moving(test: m.PropertyTest) -> bool:
    """Whether its answer may change while the fact stays as it is."""
    return test.comparison.op in TURNED or test.comparison.zone == CUSTOMER_ZONE


def zone_sql(zone: str) -> str:
    return ZONE if zone == CUSTOMER_ZONE else quote(zone)


def select(registry: Registry, selection: m.Selection) -> Selected:
    """Register what the selection needs and say when its facts count."""
    fixed = tuple(test for test in selection.where if not is_moving(test))
    moving = tuple(test for test in selection.where if is_moving(test))
    bit = registry.bit(selection.kinds, fixed)
    registry.breaks(Breakpoint(bit, "begin"), Breakpoint(bit, "until"))
    tested = [_tested(registry, bit, test) for test in moving]
    enters, leaves = _window(registry, bit, selection.window)
    enters += [each.enter for each in tested]
    leaves += [each.leave for each in tested if each.leave]
    matched = _matched(registry, selection.matched_by) if selection.matched_by else None
    turns = None
    if selection.matched_by and matched and selection.newest is None:
        if registry.vocabulary.has_versions(selection.matched_by.event):
            turns = matched
        else:
            enters.append(f"coalesce({matched}, {FOREVER}L)")
        matched = None
    span = Span(_one_of("greatest", enters), _one_of("least", leaves), any(map(mentions_zone, (*enters, *leaves))), turns)
    leaves_in_order = not span.is_parted and not any(each.leave for each in tested)
    return Selected(bit, span, _is_final(registry, selection.kinds) and leaves_in_order, matched, selection.newest)


def _matched(registry: Registry, match: m.Match) -> str:
    of_event = registry.bit((match.event,))
    registry.breaks(Breakpoint(of_event, "begin"), Breakpoint(of_event, "until"))
    return registry.match(match)


def _one_of(function: str, instants: list[str]) -> str:
    return instants[0] if len(instants) == 1 else f"{function}({', '.join(instants)})"


def _is_final(registry: Registry, kinds: Iterable[str]) -> bool:
    facts = registry.vocabulary.facts
    return all(kind in facts and facts[kind].cause == "event" for kind in kinds)


def is_matched(registry: Registry, selection: m.Selection, column: str) -> str:
    """A match with an event holds from its instant on; one with rows of a table comes and goes with their versions (timeline.assemble)."""
    comes_and_goes = selection.matched_by is not None and registry.vocabulary.has_versions(selection.matched_by.event)
    return f"size(filter({column}, turn -> turn <= at)) % 2 = 1" if comes_and_goes else f"{column} <= at"


def _window(registry: Registry, bit: FactBit, window: m.Window) -> tuple[list[str], list[str]]:
    """Instants from which a fact counts (the latest of them), and before which it does (the earliest)."""
    enters, leaves = ["begin"], ["until"]
    if window.within is not None:
        registry.breaks(Breakpoint(bit, "occ", (Shift(window.within),)))
        leaves.append(f"occ + {window.within}L")
    if window.older_than is not None:
        registry.breaks(Breakpoint(bit, "occ", (Shift(window.older_than),)))
        enters.append(f"occ + {window.older_than}L")
    if window.since is not None:
        registry.breaks(*since_breaks(Breakpoint(bit, "occ"), window.since))
        if window.since.unit is None:
            leaves.append(f"if(occ >= {literal(window.since.instant)}, {FOREVER}L, occ)")
        else:
            leaves.append(start_of(window.since.unit, "occ", zone_sql(window.since.zone), ahead=1))
    return enters, leaves


def since_breaks(base: Breakpoint, since: m.Since) -> tuple[Breakpoint, ...]:
    """An instant leaves the unit at the next start after it: start(at) <= t holds just while at < next start after t."""
    if since.unit is None:
        return ()
    return (Breakpoint(base.bit, base.base, (*base.shifts, Shift(unit=since.unit, zone=since.zone)), base.date_zone),)


def temporal_breaks(base: Breakpoint, comparison: m.Comparison) -> tuple[Breakpoint, ...]:
    """The instants at which a comparison of an instant (or date) with `at` flips."""
    here = Breakpoint(base.bit, base.base, base.shifts, base.date_zone)
    if comparison.op == "within":
        return (here, here.then(comparison.operand))
    if comparison.op == "older_than":
        return (here.then(comparison.operand),)
    if comparison.op == "within_next":
        return (here, here.then(-comparison.operand))
    if comparison.op == "since":
        return (here, *since_breaks(here, comparison.operand))
    if comparison.op == "not_before":
        return _moved_breaks(here, comparison.operand)
    return ()


def _moved_breaks(base: Breakpoint, since: m.Since) -> tuple[Breakpoint, ...]:
    """t falls behind start(at) + offset days when the day after t's, less the offset, begins; at its own start already where strict."""
    days = (1 - since.offset, -since.offset) if since.strict else (1 - since.offset,)
    shifts = (Shift(unit=since.unit, zone=since.zone, ahead=ahead) for ahead in days)
    return tuple(Breakpoint(base.bit, base.base, (*base.shifts, shift), base.date_zone) for shift in shifts)


def _tested(registry: Registry, bit: FactBit, test: m.PropertyTest) -> Interval:
    slot = registry.slot(test.path, test.type)
    if test.type.is_temporal:
        date_zone = test.comparison.zone if test.type.name == "date" else None
        registry.breaks(*temporal_breaks(Breakpoint(bit, slot.column, date_zone=date_zone), test.comparison))
    return interval_of(test, slot.column, ZONE)


def fixed_where_sql(where: tuple[m.PropertyTest, ...], columns: dict[str, str]) -> str:
    """The part of `where` that a fact answers once for all; `columns` maps a path to the SQL of its value."""
    return " and ".join(property_test_sql(test, columns[test.path], ZONE) for test in where) or "true"


def has_sql(registry: Registry, tests: tuple[m.PropertyTest, ...], of: str = "") -> str:
    """`has` of the newest or oldest fact, over slots (of a struct: `of`); unknown stays unknown."""
    return " and ".join(property_test_sql(test, of + registry.slot(test.path, test.type).column, ZONE) for test in tests) or "true"


def subject_of(sql: str, value: m.Value) -> Subject:
    return Subject(sql, value.type, ZONE)
