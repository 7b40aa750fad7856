"""Facts and the modifiers of language section 3 (where, window, newest, matched_by) -> Selection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from segmentation.issues import suggest
from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.comparisons import (
    MODIFIERS,
    WORDS,
    read_comparison,
    read_comparisons,
    read_if_missing,
    read_since,
)
from segmentation.rules.parse.instants import read_duration
from segmentation.rules.parse.scope import RefusedError, Scope, refuse_unknown_keys, text_of, unknown, zone_of
from segmentation.rules.types import Type
from segmentation.rules.values import Match, PropertyTest, Selection, Window
from segmentation.settings import UNITS

T = TypeVar("T")

WINDOW_KEYS = ("within", "older_than", "since")
SELECTION_KEYS = ("where", *WINDOW_KEYS, "newest", "matched_by", "time_zone")


def read_selection(scope: Scope, given: Given, fact: Given, name: str) -> Selection:
    """The facts `name` stands for, under the modifiers that stand beside it in `given`. Parts that fail are noted and left out."""
    kinds = read_kinds(scope, fact, name)
    zone = attempt(lambda: zone_of(scope, given), scope.zone)
    return Selection(
        fact=name,
        kinds=kinds,
        where=read_tests(scope, given.entries["where"], kinds, zone) if given.get("where") else (),
        window=_kept_window(scope, given, kinds, zone),
        newest=attempt(lambda: _newest(scope, given), None),
        matched_by=attempt(lambda: _matched_by(scope, given, kinds), None),
    )


def attempt(read: Callable[[], T], stand_in: T) -> T:
    try:
        return read()
    except RefusedError:
        return stand_in


def read_kinds(scope: Scope, fact: Given, name: str) -> tuple[str, ...]:
    kinds = scope.vocabulary.kinds_of(name)
    if kinds:
        return kinds
    tables = {place for attribute in scope.vocabulary.attributes.values() for place in attribute.places} - set(scope.vocabulary.facts)
    if name in tables:
        raise scope.refuse(fact, f"'{name}' is a table of attributes, not of facts", "Use attribute: with one of its attributes.")
    if name.endswith("*"):
        raise scope.refuse(fact, f"no event of the tracking plan begins with '{name[:-1]}'")
    head, _, _ = name.partition(".")
    hint = f"Did you mean '{head}'? A property has no place here." if head != name and head in scope.vocabulary.facts else ""
    raise scope.refuse(fact, f"unknown fact '{name}'", hint or suggest(name, scope.vocabulary.facts))


def property_type(scope: Scope, place: Given, kinds: tuple[str, ...], path: str) -> Type:
    """The type of a dotted path on the first kind that has it (one plan gives a property one type)."""
    for kind in kinds:
        found = scope.vocabulary.facts[kind].properties.at(path)
        if found is not None:
            return found
    known = sorted({name for kind in kinds for name in _paths(scope.vocabulary.facts[kind].properties)})
    fact = kinds[0] if len(kinds) == 1 else f"any of {', '.join(kinds)}"
    raise scope.refuse(place.key or place.where, f"unknown property '{path}' of {fact}", suggest(path, known) or _listing(known))


def _listing(known: list[str]) -> str:
    return f"Known: {', '.join(known)}." if 0 < len(known) <= 12 else ""


def _paths(kind: Type, prefix: str = "") -> list[str]:
    paths = []
    for name, inner in kind.fields:
        paths += [f"{prefix}{name}", *_paths(inner, f"{prefix}{name}.")]
    return paths


# ---------------------------------------------------------------- where
def read_tests(scope: Scope, given: Given, kinds: tuple[str, ...], zone: str) -> tuple[PropertyTest, ...]:
    if not isinstance(given.value, dict) or not given.value:
        scope.note(given, f"expected properties with comparisons, found {in_words(given)}")
        return ()
    tests: list[PropertyTest] = []
    for path, entry in given.entries.items():
        tests += attempt(partial(_tests_of, scope, path, entry, kinds, zone), [])
    return tuple(tests)


def _tests_of(scope: Scope, path: str, entry: Given, kinds: tuple[str, ...], zone: str) -> list[PropertyTest]:
    kind = property_type(scope, entry, kinds, path)
    if not isinstance(entry.value, dict):
        return [PropertyTest(path, kind, read_comparison(scope, "is", _bare(scope, entry, kind), kind, zone))]
    if kind.name == "object" and entry.entries and not entry.entries.keys() & {*WORDS, *MODIFIERS}:
        inner = next(iter(entry.entries))
        raise scope.refuse(entry, f"'{path}' is an object: its properties are reached by a dot", f"Write {path}.{inner}.")
    refuse_unknown_keys(scope, entry, (*WORDS, *MODIFIERS))
    own_zone = zone_of(scope.in_zone(zone), entry)
    comparisons = read_comparisons(scope, entry, kind, own_zone, WORDS)
    if_missing = read_if_missing(scope, entry)
    return [PropertyTest(path, kind, comparison, if_missing) for comparison in comparisons]


def _bare(scope: Scope, entry: Given, kind: Type) -> Given:
    if isinstance(entry.value, list):
        word = "contains_any" if kind.name == "array" else "in"
        raise scope.refuse(entry, "a bare value means is, and a list is no single value", f"Write {{{word}: [...]}}.")
    if entry.value is None:
        raise scope.refuse(entry, "expected a value, found nothing", "Ask for missing values by {exists: false}.")
    return entry


# ---------------------------------------------------------------- window, newest, matched_by
LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def _kept_window(scope: Scope, given: Given, kinds: tuple[str, ...], zone: str) -> Window:
    """A window that reaches further back than the facts are kept would change its answers when they go."""
    window = _window(scope, given, zone)
    calendar = LONGEST[window.since.unit] * UNITS["day"] if window.since and window.since.unit else None
    keeping = ((kind, scope.vocabulary.facts[kind].keep) for kind in kinds)
    kept, keep = min(((kind, keep) for kind, keep in keeping if keep is not None), key=lambda pair: pair[1], default=("", None))
    for key, reach in (("within", window.within), ("older_than", window.older_than), ("since", calendar)):
        if keep is not None and reach is not None and reach > keep:
            entry = given.entries[key]
            problem = f"{in_words(entry)} is longer than the facts of '{kept}' are kept, which is {keep // UNITS['day']} days"
            scope.note(entry, problem, "Shorten the window, or keep them longer.")
    return window


def _window(scope: Scope, given: Given, zone: str) -> Window:
    within, older_than, since = (given.get(key) for key in WINDOW_KEYS)
    return Window(
        within=attempt(lambda: read_duration(scope, within), None) if within else None,
        older_than=attempt(lambda: read_duration(scope, older_than), None) if older_than else None,
        since=attempt(lambda: read_since(scope, since, zone), None) if since else None,
    )


def _newest(scope: Scope, given: Given) -> int | None:
    entry = given.get("newest")
    if entry is None:
        return None
    return read_whole(scope, entry, 1, 10_000)


def read_whole(scope: Scope, entry: Given, low: int, high: int) -> int:
    if isinstance(entry.value, bool) or not isinstance(entry.value, int) or not low <= entry.value <= high:
        raise scope.refuse(entry, f"expected a whole number from {low} to {high}, found {in_words(entry)}")
    return entry.value


def _matched_by(scope: Scope, given: Given, kinds: tuple[str, ...]) -> Match | None:
    entry = given.get("matched_by")
    if entry is None:
        return None
    if not entry.entries:
        raise scope.refuse(entry, f"expected {{event: name, on: property}}, found {in_words(entry)}")
    refuse_unknown_keys(scope, entry, ("event", "on"), "matched_by")
    for key in ("event", "on"):
        if key not in entry.entries:
            raise scope.refuse(entry, f"matched_by needs '{key}'")
    event, on = (text_of(scope, entry.entries[key], "a name") for key in ("event", "on"))
    if event not in scope.vocabulary.facts:
        raise unknown(scope, entry.entries["event"], "event", event, scope.vocabulary.facts)
    kind, other = (property_type(scope, entry.entries["on"], of, on) for of in (kinds, (event,)))
    if kind != other and not (kind.is_numeric and other.is_numeric):
        raise scope.refuse(entry.entries["on"], f"'{on}' is {kind} of {kinds[0]} and {other} of {event}: they do not compare")
    if kind.name in ("array", "object"):
        raise scope.refuse(entry.entries["on"], f"'{on}' is {kind}, which does not match by equality")
    return Match(event, on, kind)
