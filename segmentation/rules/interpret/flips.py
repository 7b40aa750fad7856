"""The instants at which an answer about a customer may change: every flip is one of these, not every one of these is a flip.

Between two of them nothing changes. Beginnings and ends of facts and of definitions stand for every rule; the tables add what follows
from windows, dates, calendars and durations, node by node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

from segmentation.rules import model as m
from segmentation.rules.interpret.attributes import changes
from segmentation.rules.interpret.customer import Customer
from segmentation.rules.interpret.evaluation import value_of
from segmentation.rules.interpret.selections import property_at
from segmentation.rules.interpret.statuses import catalogue, is_in
from segmentation.rules.interpret.zones import DAY, STARTS, anniversary, date_changes, local_date, local_midnight, next_start

Micros = m.Micros
Breaks = Callable[[Any, Customer, Micros, Micros], Iterable[Micros]]
YEAR = 366 * DAY


# ---------------------------------------------------------------- comparisons of instants with `at`
def _calendar(moments: Iterable[Micros], since: m.Since, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    """An instant leaves its unit when the next one begins; clocks put back may return it once."""
    if since.unit is None:
        return
    moved, reach = timedelta(days=-since.offset), 2 * YEAR + abs(since.offset) * DAY
    near = [moment for moment in moments if start - reach < moment < end + reach]
    for zone in customer.zones(since.zone):
        for day in {local_date(moment, zone) for moment in near}:
            yield from date_changes(STARTS[since.unit](day) + moved, zone)
            yield from date_changes(next_start(since.unit, day) + moved, zone)


OFFSETS: dict[str, Callable[[Any], tuple[Micros, ...]]] = {
    "within": lambda window: (0, window),
    "older_than": lambda window: (window,),
    "within_next": lambda window: (-window, 0),
    "since": lambda _: (0,),
    "not_before": lambda _: (),
}
"""How far from the instant compared a word's answer flips."""


def _comparison(values: Iterable[Any], comparison: m.Comparison, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    """For the values that are compared at some time; a date stands for its midnight in every zone the customer ever has."""
    if comparison.op not in OFFSETS:
        return
    zones = customer.zones(comparison.zone)
    moments = {each for value in values for each in ((local_midnight(value, zone) for zone in zones) if isinstance(value, date) else (value,))}
    for offset in OFFSETS[comparison.op](comparison.operand):
        yield from (moment + offset for moment in moments)
    if isinstance(comparison.operand, m.Since):
        yield from _calendar(moments, comparison.operand, customer, start, end)


# ---------------------------------------------------------------- facts selected
def _properties(kinds: Iterable[str], path: str, customer: Customer) -> set[Any]:
    """All that a property ever was, in any version."""
    return {property_at(fact.properties, path) for kind in kinds for fact in customer.kind(kind).facts} - {None}


def _occurrences(kinds: Iterable[str], customer: Customer) -> set[Micros]:
    return {instant for kind in kinds for instant in customer.kind(kind).instants}


def _tests(tests: Iterable[m.PropertyTest], kinds: tuple[str, ...], customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    for test in tests:
        if test.comparison.op in OFFSETS:
            yield from _comparison(_properties(kinds, test.path, customer), test.comparison, customer, start, end)


def _selection(selection: m.Selection, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    window, instants = selection.window, _occurrences(selection.kinds, customer)
    for width in (window.within, window.older_than):
        if width is not None:
            yield from (instant + width for instant in instants)
    if window.since is not None:
        yield from _calendar(instants, window.since, customer, start, end)
    yield from _tests(selection.where, selection.kinds, customer, start, end)


# ---------------------------------------------------------------- values
def _inputs(value: m.Value) -> tuple[m.Value, ...]:
    if isinstance(value, m.Ratio):
        return (value.numerator, value.denominator)
    if isinstance(value, m.Arithmetic):
        return value.operands
    return value.inputs if isinstance(value, m.Scalar) else ()


def _value(value: m.Value, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    if isinstance(value, m.Aggregate):
        yield from _selection(value.selection, customer, start, end)
    for each in _inputs(value):
        yield from _value(each, customer, start, end)


def _ever(value: m.Value, customer: Customer, end: Micros) -> set[Any]:
    """All that a temporal value may be up to `end`."""
    if isinstance(value, m.AttributeValue):
        return {setting.value for setting in customer.settings(value.name)} - {None}
    if isinstance(value, m.Aggregate):
        kinds = value.selection.kinds
        return _occurrences(kinds, customer) if value.path is None else _properties(kinds, value.path, customer)
    if customer.exists_from is None:
        return set()
    first = customer.exists_from
    instants = {first, end, *_facts(customer), *_value(value, customer, first, end)}
    return {value_of(value, customer.at(instant)) for instant in instants if first <= instant <= end} - {None}


# ---------------------------------------------------------------- conditions
def _compare(node: m.Compare, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    yield from _value(node.value, customer, start, end)
    if node.comparison.op in OFFSETS:
        yield from _comparison(_ever(node.value, customer, end), node.comparison, customer, start, end)


def _edge_has(node: m.EdgeHas, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    yield from _selection(node.selection, customer, start, end)
    yield from _tests(node.has, node.selection.kinds, customer, start, end)


def _in_segment(node: m.InSegment, customer: Customer, start: Micros, end: Micros) -> Iterable[Micros]:
    return _segment(customer, node.slug, node.active, start, end)


def _in_segment_for(node: m.InSegmentFor, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    for flip in flips(customer, node.slug, node.active, start - node.duration, end):
        yield from (flip.instant, flip.instant + node.duration)


def _entered(node: m.Entered, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    for flip in flips(customer, node.slug, node.active, start - node.within, end):
        yield from (flip.instant, flip.instant + node.within)


def _attribute_for(node: m.AttributeFor, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    """What was false or unknown until b is forgotten a duration after b."""
    for instant in breakpoints_of(m.Compare(node.value, node.comparison), customer, start - node.duration, end):
        yield from (instant, instant + node.duration)


def _attribute_changed(node: m.AttributeChanged, customer: Customer, *_: Micros) -> Iterator[Micros]:
    yield from (change.instant + node.within for change in changes(customer.settings(node.value.name)))


def _anniversary(node: m.Anniversary, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    ahead = timedelta(days=node.days)
    for zone in customer.zones(node.zone):
        years = range(local_date(start, zone).year - 1, (local_date(end, zone) + ahead).year + 2)
        for value in _ever(node.value, customer, end):
            day = value if isinstance(value, date) else local_date(value, zone)
            for each in (anniversary(day, year) for year in years):
                yield from date_changes(each - ahead + timedelta(days=1), zone)
                yield from date_changes(each + timedelta(days=1), zone)


def _sequence(node: m.Sequence, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    """Settled after the silences that follow the last step that asks for a fact, and for as long as the outer window."""
    for step in node.steps:
        yield from _selection(step.selection, customer, start, end)
    last = max(index for index, step in enumerate(node.steps) if not step.negated)
    for waited in accumulate((step.within or 0 for step in node.steps[last + 1 :]), initial=0):
        for instant in _occurrences(node.steps[last].selection.kinds, customer):
            yield from (instant + waited, instant + waited + (node.within or 0))


def _tree(node: m.Tree, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    for child in (*(part for branch in node.branches for part in branch), node.otherwise):
        yield from _condition(child, customer, start, end)


def _children(node: m.All | m.AnyOf | m.NoneOf, customer: Customer, start: Micros, end: Micros) -> Iterator[Micros]:
    for child in node.children:
        yield from _condition(child, customer, start, end)


BREAKS: dict[type, Breaks] = {
    m.Compare: _compare,
    m.Did: lambda node, *span: _selection(node.selection, *span),
    m.DidNot: lambda node, *span: _selection(node.selection, *span),
    m.EdgeHas: _edge_has,
    m.InSegment: _in_segment,
    m.InSegmentFor: _in_segment_for,
    m.Entered: _entered,
    m.AttributeFor: _attribute_for,
    m.AttributeChanged: _attribute_changed,
    m.Anniversary: _anniversary,
    m.Sequence: _sequence,
    m.ListedIn: lambda *_: (),
    m.Sample: lambda *_: (),
    m.Lifetime: lambda node, *_: (instant for instant in (node.starts_at, node.expires_at) if instant is not None),
    m.Everyone: lambda *_: (),
    m.Constant: lambda *_: (),
    m.ScalarCondition: lambda node, *span: _value(node.value, *span),
    m.All: _children,
    m.AnyOf: _children,
    m.NoneOf: _children,
    m.Not: lambda node, *span: _condition(node.child, *span),
    m.IfMissing: lambda node, *span: _condition(node.child, *span),
    m.Tree: _tree,
}


def _condition(node: m.Condition, customer: Customer, start: Micros, end: Micros) -> Iterable[Micros]:
    return BREAKS[type(node)](node, customer, start, end)


def _facts(customer: Customer) -> Iterator[Micros]:
    for fact in customer.facts:
        yield from (fact.occurred_at, fact.begins_at)
        if fact.valid_until is not None:
            yield fact.valid_until


def breakpoints_of(node: m.Condition, customer: Customer, start: Micros, end: Micros) -> list[Micros]:
    """In [start, end], in order: the instants at which the answer of a condition may change, definitions aside."""
    found = {*_facts(customer), *_condition(node, customer, start, end)}
    return sorted(instant for instant in found if start <= instant <= end)


# ---------------------------------------------------------------- segments under changing definitions
class Flip(NamedTuple):
    """From this instant on the customer is (or is no longer) in the segment."""

    instant: Micros
    is_in: bool


def _segment(customer: Customer, slug: str, active: bool, start: Micros, end: Micros) -> Iterator[Micros]:
    """Each state of the definitions counts in its own interval only, so that a reference never turns in a circle."""
    for piece, first, last in pieces(customer, start, end):
        yield first
        for rule in catalogue(piece.rule_set).rules_behind(slug, active):
            yield from _condition(rule, customer, first, last)


def status_breakpoints(customer: Customer, slug: str, start: Micros, end: Micros) -> list[Micros]:
    """In [start, end], in order: the instants at which the status of a segment may change."""
    found = {*_facts(customer), *_segment(customer, slug, True, start, end)}
    return sorted(instant for instant in found if start <= instant <= end)


def pieces(customer: Customer, start: Micros, end: Micros) -> Iterator[tuple[Any, Micros, Micros]]:
    """The definitions in force in [start, end] with the first and the last instant of theirs in it."""
    for index, piece in enumerate(customer.in_force):
        first = start if piece.effective_from is None else max(start, piece.effective_from)
        later = customer.in_force[index + 1 :]
        last = min(end, (later[0].effective_from or 0) - 1) if later else end
        if first <= last:
            yield piece, first, last


def flips(customer: Customer, slug: str, active: bool, start: Micros, end: Micros) -> list[Flip]:
    """In (start, end], in order and perhaps some beyond: the instants at which the truth (active: the status) of a segment changes."""
    known_start, known_end, known = customer.flips.get((slug, active), (start, start, []))
    found = [*known, *_flips_between(customer, slug, active, start, known_start), *_flips_between(customer, slug, active, known_end, end)]
    _, __, meanwhile = customer.flips.get((slug, active), (0, 0, []))
    merged = sorted({*found, *meanwhile})
    customer.flips[slug, active] = (min(start, known_start), max(end, known_end), merged)
    return merged


def _flips_between(customer: Customer, slug: str, active: bool, start: Micros, end: Micros) -> Iterator[Flip]:
    if end <= start:
        return
    before = is_in(slug, active, customer.at(start))
    candidates = {*_facts(customer), *_segment(customer, slug, active, start, end)}
    for instant in sorted(candidate for candidate in candidates if start < candidate <= end):
        now = is_in(slug, active, customer.at(instant))
        if now != before:
            yield Flip(instant, now)
        before = now
