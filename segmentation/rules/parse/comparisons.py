"""Comparison words -> Comparison: one table says which types a word takes and how its operand is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.instants import is_date, is_instant, read_date, read_duration, read_instant
from segmentation.rules.parse.operands import a, read_operand
from segmentation.rules.parse.regular_expressions import find_fault
from segmentation.rules.parse.scope import Scope
from segmentation.rules.types import STRING, Type
from segmentation.rules.values import Comparison, Since

Reader = Callable[[Scope, Given, Type, str], Any]

SCALARS = ("string", "boolean", "integer", "decimal", "date", "timestamp")
ORDERED = ("string", "integer", "decimal", "date", "timestamp")
TIMES = ("date", "timestamp")
TEXTS = ("string",)
UNITS_OF_CALENDAR = ("day", "week", "month", "quarter", "year")


# ---------------------------------------------------------------- how operands are read
def _one(scope: Scope, given: Given, kind: Type, zone: str) -> Any:
    return read_operand(scope, given, kind, zone)


def _bound(scope: Scope, given: Given, kind: Type, zone: str) -> Any:
    return read_operand(scope, given, kind, zone, ordered=True)


def _range(scope: Scope, given: Given, kind: Type, zone: str) -> tuple[Any, Any]:
    if len(given.items) != 2:
        raise scope.refuse(given, f"expected two ends such as [1, 5], found {f'{len(given.items)} values' if given.items else in_words(given)}")
    low, high = (_bound(scope, item, kind, zone) for item in given.items)
    if low > high:
        raise scope.refuse(given, f"the first end {in_words(given.items[0])} is above the second {in_words(given.items[1])}: nothing lies between")
    return low, high


def _several(scope: Scope, given: Given, kind: Type, zone: str) -> tuple[Any, ...]:
    if not given.items:
        raise scope.refuse(given, f"expected a list of values, found {in_words(given)}")
    return tuple(_one(scope, item, kind, zone) for item in given.items)


def _element(scope: Scope, given: Given, kind: Type, zone: str) -> Any:
    return _one(scope, given, kind.element or STRING, zone)


def _elements(scope: Scope, given: Given, kind: Type, zone: str) -> tuple[Any, ...]:
    return _several(scope, given, kind.element or STRING, zone)


def _yes_or_no(scope: Scope, given: Given, _: Type, __: str) -> bool:
    if not isinstance(given.value, bool):
        raise scope.refuse(given, f"expected true or false, found {in_words(given)}")
    return given.value


def _pattern(scope: Scope, given: Given, kind: Type, zone: str) -> str:
    text = str(_one(scope, given, kind, zone))
    fault = find_fault(text)
    if fault:
        raise scope.refuse(given, f"the regular expression '{text[:60]}' {fault}")
    return text


def _duration(scope: Scope, given: Given, _: Type, __: str) -> int:
    return read_duration(scope, given)


def _since(scope: Scope, given: Given, _: Type, zone: str) -> Since:
    return read_since(scope, given, zone)


def read_since(scope: Scope, given: Given, zone: str) -> Since:
    """`start of month` in a zone, or an instant."""
    words = given.value.split() if isinstance(given.value, str) else []
    if words[:2] == ["start", "of"]:
        if len(words) != 3 or words[2] not in UNITS_OF_CALENDAR:
            raise scope.refuse(given, f"unknown calendar unit in '{given.text}'", f"Known: start of {', '.join(UNITS_OF_CALENDAR)}.")
        return Since(unit=words[2], zone=zone)  # type: ignore[arg-type]
    if is_date(given) and zone == "customer":
        raise scope.refuse(given, "a date in the zone of each customer is no one instant", "Use after with a date, or name a time zone.")
    return Since(instant=read_instant(scope, given, zone))


def _strict(scope: Scope, given: Given, kind: Type, zone: str) -> Any:
    """A date stays one, and beside an instant stands for its local midnight, on either side."""
    if is_date(given) or (kind.name == "date" and not is_instant(given)):
        return read_date(scope, given)
    return read_instant(scope, given, zone)


# ---------------------------------------------------------------- the words
@dataclass(frozen=True)
class Word:
    types: tuple[str, ...]
    read: Reader
    takes_case: bool = False


WORDS: dict[str, Word] = {
    "is": Word(SCALARS, _one, takes_case=True),
    "is_not": Word(SCALARS, _one, takes_case=True),
    "above": Word(ORDERED, _bound),
    "at_least": Word(ORDERED, _bound),
    "below": Word(ORDERED, _bound),
    "at_most": Word(ORDERED, _bound),
    "between": Word(ORDERED, _range),
    "in": Word(SCALARS, _several, takes_case=True),
    "not_in": Word(SCALARS, _several, takes_case=True),
    "exists": Word((*SCALARS, "array", "object"), _yes_or_no),
    "contains": Word(("string", "array"), _element, takes_case=True),
    "contains_any": Word(("string", "array"), _elements, takes_case=True),
    "contains_all": Word(("string", "array"), _elements, takes_case=True),
    "starts_with": Word(TEXTS, _one, takes_case=True),
    "ends_with": Word(TEXTS, _one, takes_case=True),
    "matches": Word(TEXTS, _pattern, takes_case=True),
    "within": Word(TIMES, _duration),
    "older_than": Word(TIMES, _duration),
    "within_next": Word(TIMES, _duration),
    "since": Word(TIMES, _since),
    "before": Word(TIMES, _strict),
    "after": Word(TIMES, _strict),
}
MODIFIERS = ("ignoring_case", "time_zone", "if_missing")
WORDS_OF_TIME = frozenset({"within", "older_than", "within_next", "since"})
"""Words whose answer changes as time passes."""


def read_comparisons(scope: Scope, given: Given, kind: Type, zone: str, words: Iterable[str]) -> tuple[Comparison, ...]:
    """One Comparison for each word of a mapping. RefusedError: no word, a word that does not suit the type, an operand of another type."""
    ignoring_case = read_flag(scope, given, "ignoring_case")
    found = [(word, given.entries[word]) for word in given.entries if word in set(words)]
    if not found:
        raise scope.refuse(given, "a comparison is missing", f"{a(kind).capitalize()} takes {', '.join(words_of(kind))}.")
    comparisons = [read_comparison(scope, word, operand, kind, zone, ignoring_case=ignoring_case) for word, operand in found]
    if ignoring_case and not any(comparison.ignoring_case for comparison in comparisons):
        scope.note(given.entries["ignoring_case"], "ignoring_case has nothing to do here: it is for text")
    return tuple(comparisons)


def read_comparison(scope: Scope, word: str, operand: Given, kind: Type, zone: str, *, ignoring_case: bool = False) -> Comparison:
    entry = WORDS[word]
    if kind.name not in entry.types:
        hint = "An array takes contains." if kind.name == "array" else f"{a(kind).capitalize()} takes {', '.join(words_of(kind))}."
        raise scope.refuse(operand.key or operand.where, f"'{word}' does not compare {a(kind)}", hint)
    value = entry.read(scope, operand, kind, zone)
    is_text = STRING in (kind, kind.element)
    return Comparison(word, value, ignoring_case and entry.takes_case and is_text, zone if _reads_zone(word, value, kind) else "UTC")


def _reads_zone(word: str, value: Any, kind: Type) -> bool:
    """Only where a date becomes an instant; elsewhere one zone for all keeps equal comparisons equal."""
    in_time = word in WORDS_OF_TIME or word in ("before", "after")
    return in_time and (kind.name == "date" or not isinstance(value, int | Since) or (isinstance(value, Since) and value.unit is not None))


def words_of(kind: Type) -> list[str]:
    return [word for word, entry in WORDS.items() if kind.name in entry.types]


def read_flag(scope: Scope, given: Given, key: str) -> bool:
    entry = given.get(key)
    if entry is None:
        return False
    if not isinstance(entry.value, bool):
        raise scope.refuse(entry, f"expected true or false, found {in_words(entry)}")
    return entry.value


def read_if_missing(scope: Scope, given: Given) -> bool | None:
    return read_flag(scope, given, "if_missing") if given.get("if_missing") else None
