"""Types and properties as written in the tracking plan, tables and scores."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from segmentation.definitions.documents import Property
from segmentation.issues import suggest
from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.operands import a, read_operand
from segmentation.rules.parse.regular_expressions import find_fault
from segmentation.rules.parse.scope import RefusedError, Scope, refuse_unknown_keys
from segmentation.rules.types import BOOLEAN, DATE, INTEGER, MAXIMUM_PRECISION, STRING, TIMESTAMP, Type, array, decimal

NAMES = {"string": STRING, "boolean": BOOLEAN, "integer": INTEGER, "int": INTEGER, "long": INTEGER, "date": DATE, "timestamp": TIMESTAMP}
ALIASES = {"bool": "boolean", "text": "string", "bigint": "integer", "datetime": "timestamp", "number": "decimal(12,2)", "numeric": "decimal(12,2)"}
FLOATS = ("float", "double", "real")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_ARRAY = re.compile(r"array<(.*)>", re.DOTALL)
MAXIMUM_NESTING = 20
NUMBERS, ORDERED = ("integer", "decimal"), ("integer", "decimal", "date", "timestamp")


def check_name(scope: Scope, entry: Given, name: str, what: str) -> bool:
    """Names become columns: letters, digits and underscores."""
    if IDENTIFIER.fullmatch(name):
        return True
    scope.note(entry.key or entry.where, f"'{name}' cannot be the name of {what}", "Letters, digits and underscores, not beginning with a digit.")
    return False


def read_type(scope: Scope, given: Given) -> Type:
    """`string`, `decimal(12,2)`, `array<string>`, ... Raises RefusedError."""
    if not isinstance(given.value, str):
        raise scope.refuse(given, f"expected a type such as string or decimal(12,2), found {in_words(given)}")
    return _type_named(scope, given, given.value.strip(), 0)


def _type_named(scope: Scope, given: Given, text: str, depth: int) -> Type:
    if text in NAMES:
        return NAMES[text]
    if text in FLOATS:
        raise scope.refuse(given, f"'{text}' is not exact: sums would depend on the order of rows", "Use decimal(p,s), such as decimal(12,2).")
    if text.startswith("decimal"):
        return _decimal_named(scope, given, text)
    match = _ARRAY.fullmatch(text)
    if match and depth < MAXIMUM_NESTING:
        return array(_type_named(scope, given, match[1].strip(), depth + 1))
    if text == "object":
        raise scope.refuse(given, "an object needs its properties", "Write {type: object, properties: {...}}.")
    known = [*NAMES, "decimal(12,2)", "array<string>", "object"]
    hint = f"Did you mean '{ALIASES[text]}'?" if text in ALIASES else suggest(text, known)
    raise scope.refuse(given, f"unknown type '{text[:60]}'", hint or f"Known: {', '.join(known)}.")


def _decimal_named(scope: Scope, given: Given, text: str) -> Type:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise scope.refuse(given, f"'{text}' is not a decimal with its digits", "Such as decimal(12,2): 12 digits, 2 of them after the point.")
    precision, scale = int(match[1][:9]), int((match[2] or "0")[:9])
    if not 1 <= precision <= MAXIMUM_PRECISION:
        reason = f"a decimal has 1 to {MAXIMUM_PRECISION} digits, so that a sum, which needs 10 more, is exact in any order"
        raise scope.refuse(given, f"'{text}': {reason}")
    if scale > precision:
        raise scope.refuse(given, f"'{text}' has more digits after the point than digits")
    return decimal(precision, scale)


# ---------------------------------------------------------------- properties
OPTIONS = ("type", "required", "at_least", "at_most", "above", "below", "in", "matches", "properties", "description")


def read_properties(scope: Scope, entries: Mapping[str, Given], depth: int = 0) -> dict[str, Property]:
    """Name -> property; those that cannot be read are noted and left out."""
    found = {}
    for name, entry in entries.items():
        if not check_name(scope, entry, name, "a property"):
            continue
        try:
            found[name] = _property(scope, name, entry, depth)
        except RefusedError:
            continue
    return found


def _property(scope: Scope, name: str, given: Given, depth: int) -> Property:
    if depth > MAXIMUM_NESTING:
        raise scope.refuse(given, f"nested deeper than {MAXIMUM_NESTING} levels")
    if not isinstance(given.value, dict):
        return Property(name, read_type(scope, given))
    kind = given.get("type")
    if kind is None and any(suggest(key, ["type"]) for key in given.entries) and len(given.entries.keys() - {*OPTIONS}) == 1:
        refuse_unknown_keys(scope, given, OPTIONS, "a property")
        raise RefusedError
    if kind is None or not isinstance(kind.value, str):
        return _object(scope, name, given, given.entries, depth, required=False)
    refuse_unknown_keys(scope, given, OPTIONS, "a property")
    required = _flag(scope, given.get("required"))
    nested = given.get("properties")
    if kind.value == "object" and nested is not None:
        return _object(scope, name, nested, nested.entries, depth, required=required)
    if nested is not None:
        scope.note(nested.key or nested.where, f"only an object has properties, and '{name}' is {kind.value}")
    own = read_type(scope, kind)
    return Property(name, own, required, **_constraints(scope, given, own))


def _object(scope: Scope, name: str, given: Given, entries: Mapping[str, Given], depth: int, *, required: bool) -> Property:
    if not entries:
        raise scope.refuse(given, f"expected a type or a mapping of properties, found {in_words(given)}")
    properties = read_properties(scope, entries, depth + 1)
    fields = tuple((inner.name, inner.type) for inner in properties.values())
    return Property(name, Type("object", fields=fields), required, properties=properties)


def _flag(scope: Scope, entry: Given | None) -> bool:
    if entry is None:
        return False
    if not isinstance(entry.value, bool):
        raise scope.refuse(entry, f"expected true or false, found {in_words(entry)}")
    return entry.value


def _bound(scope: Scope, entry: Given, kind: Type) -> Any:
    if kind.name not in ORDERED:
        raise scope.refuse(entry.key or entry.where, f"{a(kind)} has no bounds")
    return read_operand(scope, entry, kind, scope.zone, ordered=True)


def _one_of(scope: Scope, entry: Given, kind: Type) -> tuple[Any, ...]:
    if not entry.items:
        raise scope.refuse(entry, f"expected a list of values, found {in_words(entry)}")
    return tuple(read_operand(scope, item, kind, scope.zone) for item in entry.items)


def _matches(scope: Scope, entry: Given, kind: Type) -> str:
    if kind != STRING:
        raise scope.refuse(entry.key or entry.where, f"'matches' does not compare {a(kind)}")
    text = str(read_operand(scope, entry, kind, scope.zone))
    fault = find_fault(text)
    if fault:
        raise scope.refuse(entry, f"the regular expression '{text[:60]}' {fault}")
    return text


Constraint = Callable[[Scope, Given, Type], Any]
CONSTRAINTS: dict[str, tuple[str, Constraint]] = {
    "at_least": ("at_least", _bound),
    "at_most": ("at_most", _bound),
    "above": ("above", _bound),
    "below": ("below", _bound),
    "in": ("one_of", _one_of),
    "matches": ("matches", _matches),
}


def _constraints(scope: Scope, given: Given, kind: Type) -> dict[str, Any]:
    found = {}
    for key, (name, read) in CONSTRAINTS.items():
        if key in given.entries:
            try:
                found[name] = read(scope, given.entries[key], kind)
            except RefusedError:
                continue
    return found


def object_of(properties: Mapping[str, Property]) -> Type:
    return Type("object", fields=tuple((each.name, each.type) for each in properties.values()))
