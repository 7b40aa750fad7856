"""The leaves of language section 4 -> conditions: one table, key -> the keys allowed beside it and the function that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from segmentation.rules.given import Given, in_words
from segmentation.rules.model import (
    All,
    Anniversary,
    AttributeChanged,
    AttributeFor,
    Compare,
    Condition,
    Did,
    DidNot,
    EdgeHas,
    Everyone,
    ListedIn,
    Sample,
)
from segmentation.rules.parse.comparisons import MODIFIERS, WORDS, WORDS_OF_TIME, read_comparison, read_comparisons
from segmentation.rules.parse.instants import read_duration
from segmentation.rules.parse.references import read_entered, read_in_segment, read_not_in_segment
from segmentation.rules.parse.scope import Scope, refuse_unknown_keys, text_of, unknown, zone_of
from segmentation.rules.parse.selections import SELECTION_KEYS, read_selection, read_tests
from segmentation.rules.parse.sequences import read_sequence
from segmentation.rules.parse.traits import read_attribute, read_score
from segmentation.rules.types import INTEGER
from segmentation.rules.values import Value
from segmentation.settings import UNITS

COUNTS = {"at_least": "at_least", "at_most": "at_most", "exactly": "is", "between": "between"}
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:percent|%)\s*")


# ---------------------------------------------------------------- facts
def _did(scope: Scope, given: Given) -> Condition:
    fact = given.entries["did"]
    selection = read_selection(scope, given, fact, text_of(scope, fact, "a fact"))
    counts = [read_comparison(scope, COUNTS[key], given.entries[key], INTEGER, scope.zone) for key in given.entries if key in COUNTS]
    for key in COUNTS.keys() & given.entries.keys():
        _refuse_negative(scope, given.entries[key])
    return together([Did(selection, count) for count in counts] or [Did(selection)])


def _refuse_negative(scope: Scope, entry: Given) -> None:
    for bound in entry.items or [entry]:
        if isinstance(bound.value, int | Decimal) and bound.value < 0:
            raise scope.refuse(bound, f"a count is never {bound.text}")


def _did_not(scope: Scope, given: Given) -> Condition:
    fact = given.entries["did_not"]
    return DidNot(read_selection(scope, given, fact, text_of(scope, fact, "a fact")))


def _edge(edge: str) -> Callable[[Scope, Given], Condition]:
    def read(scope: Scope, given: Given) -> Condition:
        fact = given.entries[edge]
        if "has" not in given.entries:
            raise scope.refuse(given, f"'{edge}' needs 'has': what is asked of that fact", f"As a trait, {edge} takes fact.property.")
        selection = read_selection(scope, given, fact, text_of(scope, fact, "a fact"))
        tests = read_tests(scope, given.entries["has"], selection.kinds, zone_of(scope, given))
        return EdgeHas(edge, selection, tests)  # type: ignore[arg-type]

    return read


# ---------------------------------------------------------------- values
def together(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else All(tuple(conditions))


def _compare(scope: Scope, given: Given, key: str, value: Value) -> Condition:
    comparisons = read_comparisons(scope, given, value.type, zone_of(scope, given), WORDS)
    name = str(given.entries[key].value)
    return together([Compare(value, comparison, name) for comparison in comparisons])


def _trait(scope: Scope, given: Given) -> Condition:
    return _compare(scope, given, "trait", scope.traits.value(scope, given.entries["trait"]))


def _score(scope: Scope, given: Given) -> Condition:
    return _compare(scope, given, "score", read_score(scope, given.entries["score"]))


def _attribute(scope: Scope, given: Given) -> Condition:
    value = read_attribute(scope, given.entries["attribute"])
    special = [key for key in ("for", "changed_within", "anniversary_within_next") if key in given.entries]
    if len(special) > 1:
        raise scope.refuse(given, f"'{special[0]}' and '{special[1]}' do not go together", "Make a condition of each.")
    if "changed_within" in special:
        refuse_unknown_keys(scope, given, ("attribute", "changed_within", "if_missing"), "changed_within")
        return AttributeChanged(value, read_duration(scope, given.entries["changed_within"]))
    if "anniversary_within_next" in special:
        return _anniversary(scope, given, value.type.name)
    if "for" not in special:
        return _compare(scope, given, "attribute", value)
    for word in WORDS_OF_TIME & given.entries.keys():
        raise scope.refuse(given.entries[word], f"'{word}' changes its answer as time passes and does not go with 'for'")
    duration = read_duration(scope, given.entries["for"])
    comparisons = read_comparisons(scope, given, value.type, zone_of(scope, given), WORDS)
    return together([AttributeFor(value, comparison, duration) for comparison in comparisons])


def _anniversary(scope: Scope, given: Given, kind: str) -> Condition:
    refuse_unknown_keys(scope, given, ("attribute", "anniversary_within_next", "time_zone", "if_missing"), "anniversary_within_next")
    if kind != "date":
        raise scope.refuse(given.entries["attribute"], f"an anniversary needs a date, and '{given.entries['attribute'].value}' is {kind}")
    entry = given.entries["anniversary_within_next"]
    micros = read_duration(scope, entry)
    if micros % UNITS["day"] or micros > 365 * UNITS["day"]:
        raise scope.refuse(entry, f"an anniversary is looked for in whole days, 365 at most, not in '{entry.text}'")
    return Anniversary(read_attribute(scope, given.entries["attribute"]), micros // UNITS["day"], zone_of(scope, given))


# ---------------------------------------------------------------- lists, samples, everyone
def _listed_in(scope: Scope, given: Given) -> Condition:
    entry = given.entries["listed_in"]
    name = text_of(scope, entry, "the name of a list")
    if name not in scope.vocabulary.lists:
        raise unknown(scope, entry, "list", name, scope.vocabulary.lists)
    return ListedIn(name)


def read_share(scope: Scope, entry: Given) -> Decimal:
    """`10 percent` as a share of 1."""
    match = _PERCENT.fullmatch(str(entry.value))
    if match is None or len(match[1]) > 20:
        is_part = isinstance(entry.value, Decimal) and 0 <= entry.value <= 1
        hint = f"Write {(entry.value * 100).normalize():f} percent." if is_part else ""
        raise scope.refuse(entry, f"expected a share such as '10 percent', found {in_words(entry)}", hint)
    if Decimal(match[1]) > 100:
        raise scope.refuse(entry, f"'{entry.text}' is more than everybody")
    return Decimal(match[1]) / 100


def sample(share: Decimal, salt: str) -> Sample:
    bound = (share * 16**13).to_integral_value(rounding=ROUND_CEILING)
    return Sample(int(bound), salt, f"{(share * 100).normalize():f} percent")


def _sample(scope: Scope, given: Given) -> Condition:
    salt = text_of(scope, given.entries["salt"], "a salt") if "salt" in given.entries else scope.slug
    return sample(read_share(scope, given.entries["sample"]), salt)


def _everyone(scope: Scope, given: Given) -> Condition:
    if given.entries["everyone"].value is not True:
        raise scope.refuse(given.entries["everyone"], "expected everyone: true", "For nobody, archive the segment.")
    return Everyone()


@dataclass(frozen=True)
class Form:
    read: Callable[[Scope, Given], Condition]
    keys: tuple[str, ...] = ()


FORMS: dict[str, Form] = {
    "did": Form(_did, (*SELECTION_KEYS, *COUNTS)),
    "did_not": Form(_did_not, SELECTION_KEYS),
    "last": Form(_edge("last"), (*SELECTION_KEYS, "has")),
    "first": Form(_edge("first"), (*SELECTION_KEYS, "has")),
    "trait": Form(_trait, (*WORDS, *MODIFIERS)),
    "attribute": Form(_attribute, (*WORDS, *MODIFIERS, "for", "changed_within", "anniversary_within_next")),
    "score": Form(_score, (*WORDS, *MODIFIERS)),
    "in_segment": Form(read_in_segment, ("status", "for")),
    "not_in_segment": Form(read_not_in_segment, ("status",)),
    "entered": Form(read_entered, ("within", "status")),
    "sequence": Form(read_sequence, ("within",)),
    "listed_in": Form(_listed_in),
    "sample": Form(_sample, ("salt",)),
    "everyone": Form(_everyone),
}
