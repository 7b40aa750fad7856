"""`sequence`: steps of did and did_not, each later than the one before."""

from __future__ import annotations

from segmentation.rules.given import Given, in_words
from segmentation.rules.model import Condition, Sequence, Step
from segmentation.rules.parse.instants import read_duration
from segmentation.rules.parse.scope import RefusedError, Scope, refuse_unknown_keys, text_of, zone_of
from segmentation.rules.parse.selections import read_kinds, read_tests
from segmentation.rules.values import Selection

MAXIMUM_STEPS = 20


def read_sequence(scope: Scope, given: Given) -> Condition:
    entry = given.entries["sequence"]
    if not 1 <= len(entry.items) <= MAXIMUM_STEPS:
        found = f"{len(entry.items)} steps" if isinstance(entry.value, list) else in_words(entry)
        raise scope.refuse(entry, f"expected a list of 1 to {MAXIMUM_STEPS} steps, found {found}")
    steps = []
    for index, item in enumerate(entry.items):
        try:
            steps.append(_step(scope, item, is_first=index == 0))
        except RefusedError:
            continue
    within = read_duration(scope, given.entries["within"]) if "within" in given.entries else None
    return Sequence(tuple(steps), within)


def _step(scope: Scope, given: Given, *, is_first: bool) -> Step:
    forms = [key for key in ("did", "did_not") if key in given.entries]
    if len(forms) != 1:
        raise scope.refuse(given, f"a step is one did or did_not, found {in_words(given)}")
    refuse_unknown_keys(scope, given, (forms[0], "where", "within", "time_zone"), "a step")
    fact = given.entries[forms[0]]
    name = text_of(scope, fact, "a fact")
    kinds = read_kinds(scope, fact, name)
    where = read_tests(scope, given.entries["where"], kinds, zone_of(scope, given)) if "where" in given.entries else ()
    negated = forms[0] == "did_not"
    if is_first and negated:
        raise scope.refuse(fact.key or fact.where, "a sequence cannot begin with did_not: there is nothing that it follows")
    if is_first and "within" in given.entries:
        entry = given.entries["within"]
        raise scope.refuse(entry.key or entry.where, "'within' counts from the step before, and the first step has none")
    if negated and "within" not in given.entries:
        raise scope.refuse(given, "a did_not step needs 'within': without it the sequence is never settled")
    within = read_duration(scope, given.entries["within"]) if "within" in given.entries else None
    return Step(Selection(name, kinds, where), negated, within)
