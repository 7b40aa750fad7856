"""A rule as written -> Condition: leaves by their table, all/any/none/not/tree, and `if_missing` on any leaf."""

from __future__ import annotations

from collections.abc import Callable

from segmentation.issues import suggest
from segmentation.rules.given import Given, in_words
from segmentation.rules.model import All, AnyOf, Condition, Constant, IfMissing, NoneOf, Not, Tree
from segmentation.rules.parse.comparisons import read_if_missing
from segmentation.rules.parse.leaves import FORMS as LEAVES
from segmentation.rules.parse.leaves import Form
from segmentation.rules.parse.scope import RefusedError, Scope, refuse_unknown_keys, usual_word
from segmentation.rules.parse.sql_leaf import read_sql

NOTHING = Constant(answer=False)
"""Stands for what could not be read; its issue is in the scope."""


def read_condition(scope: Scope, given: Given) -> Condition:
    """The whole condition. What is wrong is noted in the scope, as much of it as can be found at once."""
    try:
        return _read(scope, given)
    except RefusedError:
        return NOTHING


def _read(scope: Scope, given: Given) -> Condition:
    if isinstance(given.value, list):
        raise scope.refuse(given, "expected one condition, found a list", "Put all: or any: before it.")
    if not given.entries:
        hint = "Write {everyone: true} for everybody." if given.value is True else _written_out(given)
        raise scope.refuse(given, f"expected a condition, found {in_words(given)}", hint)
    name = _form_of(scope, given)
    if name in INNER:
        refuse_unknown_keys(scope, given, (name,), name)
        return INNER[name](scope, given.entries[name])
    form = FORMS[name]
    refuse_unknown_keys(scope, given, (name, *form.keys, "if_missing"), name)
    if_missing = read_if_missing(scope, given)
    leaf = form.read(scope, given)
    return leaf if if_missing is None else IfMissing(leaf, if_missing)


def _written_out(given: Given) -> str:
    """`did orders` is meant as {did: orders}."""
    first, _, rest = given.text.partition(" ")
    return f"Write {{{first}: {rest.strip()}}}." if first in {*FORMS, *INNER} and rest.strip() else ""


def _form_of(scope: Scope, given: Given) -> str:
    """The key that says which form this is; a form that another one has as a modifier (`within`) is none."""
    found = [key for key in given.entries if key in FORMS or key in INNER]
    if len(found) == 1:
        return found[0]
    if found:
        entry = given.entries[found[1]]
        raise scope.refuse(entry.key or entry.where, f"two conditions in one: '{found[0]}' and '{found[1]}'", "Put them under all: as two items.")
    names = [*FORMS, *INNER]
    for key, entry in given.entries.items():
        hint = usual_word(key, names) or suggest(key, names)
        if hint:
            raise scope.refuse(entry.key or entry.where, f"unknown condition '{key}'", hint)
    first = next(iter(given.entries.values()))
    raise scope.refuse(first.key or first.where, f"unknown condition '{next(iter(given.entries))}'", f"One of {', '.join(names)}.")


# ---------------------------------------------------------------- all, any, none, not, tree
def _children(scope: Scope, given: Given) -> tuple[Condition, ...]:
    if not given.items:
        raise scope.refuse(given, f"expected a list of conditions, found {in_words(given)}")
    return tuple(read_condition(scope, item) for item in given.items)


def _tree(scope: Scope, given: Given) -> Condition:
    if not given.items:
        raise scope.refuse(given, f"expected a list of branches, found {in_words(given)}")
    *others, last = given.items
    has_otherwise = "otherwise" in last.entries
    branches = [_branch(scope, item) for item in (others if has_otherwise else given.items)]
    if not has_otherwise:
        return Tree(tuple(branches))
    refuse_unknown_keys(scope, last, ("otherwise",), "the last branch")
    if not branches:
        raise scope.refuse(given, "a tree needs a branch with when and then before otherwise")
    return Tree(tuple(branches), _outcome(scope, last.entries["otherwise"]))


def _branch(scope: Scope, given: Given) -> tuple[Condition, Condition]:
    if "otherwise" in given.entries:
        entry = given.entries["otherwise"]
        scope.note(entry.key or entry.where, "only the last branch may be otherwise: what follows it is never reached")
        return NOTHING, NOTHING
    refuse_unknown_keys(scope, given, ("when", "then", "otherwise"), "a branch")
    for key in ("when", "then"):
        if key not in given.entries:
            scope.note(given, f"a branch needs '{key}'")
            return NOTHING, NOTHING
    return read_condition(scope, given.entries["when"]), _outcome(scope, given.entries["then"])


def _outcome(scope: Scope, given: Given) -> Condition:
    return Constant(given.value) if isinstance(given.value, bool) else read_condition(scope, given)


INNER: dict[str, Callable[[Scope, Given], Condition]] = {
    "all": lambda scope, given: All(_children(scope, given)),
    "any": lambda scope, given: AnyOf(_children(scope, given)),
    "none": lambda scope, given: NoneOf(_children(scope, given)),
    "not": lambda scope, given: Not(read_condition(scope, given)),
    "tree": _tree,
}
FORMS: dict[str, Form] = {**LEAVES, "sql": Form(read_sql, ("time_zone",))}
