"""What a rule is read in: the names it may use, its time zone, and the mistakes found so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from segmentation.issues import Issue, Where, suggest
from segmentation.rules.given import Given, in_words
from segmentation.rules.vocabulary import Vocabulary

if TYPE_CHECKING:
    from segmentation.rules.parse.trait_book import TraitBook


class RefusedError(Exception):
    """The rest of this part cannot be read; its issue is in the scope already."""


@dataclass(frozen=True)
class Names:
    """Slugs that a rule may refer to: segments, and the defaults of groups (which have no rule of their own)."""

    segments: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Shared by all readers. `zone` is the segment's; `slug` salts its samples."""

    vocabulary: Vocabulary
    traits: TraitBook
    names: Names = field(default_factory=Names)
    zone: str = "UTC"
    slug: str = ""
    issues: list[Issue] = field(default_factory=list)

    def note(self, where: Given | Where, problem: str, hint: str = "", code: str = "") -> None:
        """Record a mistake and go on."""
        self.issues.append(Issue(where.where if isinstance(where, Given) else where, problem, hint, code))

    def refuse(self, where: Given | Where, problem: str, hint: str = "") -> RefusedError:
        """Record a mistake; to be raised, for the rest of the part makes no sense."""
        self.note(where, problem, hint)
        return RefusedError()

    def in_zone(self, zone: str) -> Scope:
        return replace(self, zone=zone)


def refuse_unknown_keys(scope: Scope, given: Given, allowed: Iterable[str], what: str = "") -> None:
    known = list(dict.fromkeys(allowed))
    for key, entry in given.entries.items():
        if key not in known:
            scope.note(entry.key or entry.where, f"unknown key '{key}'{f' in {what}' if what else ''}", _instead_of(key, entry, known))


def _instead_of(key: str, entry: Given, known: list[str]) -> str:
    if entry.value is None and not entry.text:
        return "A comma begins another key: write several values as [a, b], and a text with a comma in quotes."
    return usual_word(key, known) or suggest(key, known) or (f"Known here: {', '.join(known)}." if len(known) > 1 else "Nothing stands beside it.")


USUAL_WORDS = {
    "and": "all", "or": "any", "nor": "none", "if": "when", "else": "otherwise", "default": "otherwise",
    ">": "above", "gt": "above", "greater_than": "above", "more_than": "above", ">=": "at_least", "gte": "at_least", "min": "at_least",
    "<": "below", "lt": "below", "less_than": "below", "fewer_than": "below", "<=": "at_most", "lte": "at_most", "max": "at_most",
    "=": "is", "==": "is", "eq": "is", "equals": "is", "value": "is", "!=": "is_not", "<>": "is_not", "ne": "is_not", "not_equals": "is_not",
    "like": "matches", "regex": "matches", "one_of": "in", "any_of": "in", "none_of": "not_in", "times": "exactly", "count": "exactly",
    "last": "within", "during": "within", "window": "within", "before": "older_than", "filter": "where", "event": "did",
}  # fmt: skip
"""What other languages call things -> our word."""


def usual_word(key: str, known: Iterable[str]) -> str:
    """A hint for a word of another language, empty where it is none or ours has no place here."""
    word = USUAL_WORDS.get(key.lower())
    return f"Did you mean '{word}'?" if word in list(known) else ""


def unknown(scope: Scope, given: Given, what: str, name: str, known: Iterable[str]) -> RefusedError:
    return scope.refuse(given, f"unknown {what} '{name}'", suggest(name, known))


def text_of(scope: Scope, given: Given, what: str) -> str:
    """A name or other text; anything else is refused."""
    if not isinstance(given.value, str) or not given.value:
        raise scope.refuse(given, f"expected {what}, found {in_words(given)}", quote_hint(given))
    return given.value


def quote_hint(given: Given) -> str:
    """YAML reads no, on and 010 as something else than text."""
    if isinstance(given.value, bool) and given.text.lower() not in ("true", "false"):
        return f'YAML reads {given.text} as {str(given.value).lower()}: write "{given.text}" in quotes.'
    return ""


def zone_of(scope: Scope, given: Given) -> str:
    """The IANA name under `time_zone`, `customer`, or the scope's zone where the key is absent."""
    entry = given.get("time_zone")
    if entry is None:
        return scope.zone
    return read_zone(scope, entry, customer=True)


def read_zone(scope: Scope, entry: Given, *, customer: bool) -> str:
    name = text_of(scope, entry, "a time zone")
    if name == "customer" and customer:
        attribute = scope.vocabulary.attributes.get("time_zone")
        if attribute is None or attribute.type.name != "string":
            raise scope.refuse(entry, "the zone 'customer' is the attribute 'time_zone', which is not declared as a string")
        return name
    if not is_zone(name):
        raise scope.refuse(entry, f"unknown time zone '{name}'", _city(name) or suggest(name, _zones()))
    return name


def _city(name: str) -> str:
    """Zones are named by region and city."""
    found = sorted(zone for zone in _zones() if zone.rpartition("/")[2].casefold() == name.casefold().replace(" ", "_"))
    return f"Did you mean '{found[0]}'?" if found else ""


def is_zone(name: str) -> bool:
    """Names that Python and Java both know: short ones such as EST mean different things, or nothing, in one of them."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name in ("UTC", "GMT"))
