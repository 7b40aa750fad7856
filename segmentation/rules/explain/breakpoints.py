"""The breakpoints that the compiler registers, in words: when an answer may change, with a new fact and without one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from segmentation.rules.compile.bits import FactBit
from segmentation.rules.compile.registry import LIST, SCORE, Breakpoint, Shift
from segmentation.rules.explain.words import duration_words, instant_words, tests_words

CUSTOMER = "each customer's zone"


def breakpoint_words(points: Iterable[Breakpoint], slots: Mapping[str, str]) -> tuple[str, ...]:
    """A line a breakpoint, those that need no new fact last; equal lines once. `slots`: column -> property path."""
    known = set(points)
    lines = {(_is_by_itself(point), _words(point, slots, known)) for point in known if not (point.base == "until" and _begins(point) in known)}
    return tuple(words for _, words in sorted(lines))


def _is_by_itself(point: Breakpoint) -> bool:
    return bool(point.shifts or point.yearly or point.date_zone or point.base not in ("begin", "until"))


def _begins(point: Breakpoint) -> Breakpoint:
    """Where the same facts begin: said in one line with where they end."""
    return replace(point, base="begin")


VERBS = {"begin": "begins", "until": "changes or ends", "occ": "occurs"}


def _words(point: Breakpoint, slots: Mapping[str, str], known: Collection[Breakpoint]) -> str:
    if point.bit is None:
        return _after(_fixed(point.base), point)
    facts = _facts(point.bit)
    if point.yearly:
        return _anniversary(point, facts)
    if point.base in VERBS:
        both = point.base == "begin" and replace(point, base="until") in known
        return _after(f"{facts} {'begins, changes or ends' if both else VERBS[point.base]}", point)
    path = slots.get(point.base, point.base)
    what = path if point.bit.attribute else f"{path} of {facts}"
    return _after(f"midnight of {what} ({_zone(point.date_zone)})" if point.date_zone else what, point)


def _fixed(base: str) -> str:
    return "the customer begins" if base == "exist" else f"the instant {instant_words(int(base.removeprefix('at:')))}"


def _facts(bit: FactBit) -> str:
    if bit.attribute:
        return f"a setting of {bit.attribute}"
    names = " or ".join(_name(kind) for kind in bit.kinds)
    return f"{names} where {tests_words(bit.where)}" if bit.where else names


def _name(kind: str) -> str:
    for prefix, words in ((LIST, "an entry of list "), (SCORE, "a publication of ")):
        if kind.startswith(prefix):
            return f"{words}{kind.removeprefix(prefix)}"
    return f"a fact {kind}"


def _zone(zone: str | None) -> str:
    return CUSTOMER if zone == "customer" else zone or "UTC"


def _after(base: str, point: Breakpoint) -> str:
    """`30 days after a fact orders occurs`; `when a fact orders begins` without a shift."""
    words, micros = base, 0
    for shift in point.shifts:
        micros += shift.micros
        words = f"{_start(shift, words)} ({_zone(shift.zone)})" if shift.unit else words
    if micros:
        return f"{duration_words(abs(micros))} {'after' if micros > 0 else 'before'} {words}"
    if words != base:
        return f"at {words}"
    return f"when {words}" if point.base in VERBS or point.base == "exist" else f"at {words}"


def _start(shift: Shift, words: str) -> str:
    if shift.ahead == 1:
        return f"the start of the next {shift.unit} after {words}"
    return f"the start of the {shift.unit} {shift.ahead} {shift.unit}s after the one in which {words}"


def _anniversary(point: Breakpoint, facts: str) -> str:
    name = point.bit.attribute if point.bit and point.bit.attribute else facts
    day = f"anniversary of {name} ({_zone(point.date_zone)})"
    if point.days == 0:
        return f"each year at the {day}"
    days = f"{abs(point.days)} day{'' if abs(point.days) == 1 else 's'}"
    return f"each year {days} {'after' if point.days > 0 else 'before'} the {day}"
