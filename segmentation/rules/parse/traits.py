"""One trait as written -> Value: a table of functions, each with the keys it takes beside its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.scope import RefusedError, Scope, refuse_unknown_keys, text_of, unknown
from segmentation.rules.parse.selections import SELECTION_KEYS, property_type, read_kinds, read_selection, read_whole
from segmentation.rules.types import INTEGER, RATIO, TIMESTAMP, Type, array, decimal
from segmentation.rules.values import Aggregate, AggregateFunction, Arithmetic, AttributeValue, RankValue, Ratio, ScoreValue, Value

SCALARS = ("string", "boolean", "integer", "decimal", "date", "timestamp")
ORDERED = ("string", "integer", "decimal", "date", "timestamp")
NUMBERS = ("integer", "decimal")
ANY = (*SCALARS, "array")
NOTES = ("description",)


# ---------------------------------------------------------------- types of answers
def _sum_type(kind: Type) -> Type:
    return INTEGER if kind.name == "integer" else decimal(min(38, kind.precision + 10), kind.scale)


def _same(kind: Type) -> Type:
    return kind


@dataclass(frozen=True)
class OfProperty:
    """A function over one property: the types it takes, and its answer's type made from the property's."""

    takes: tuple[str, ...]
    answers: Callable[[Type], Type]


PROPERTY_FUNCTIONS: dict[AggregateFunction, OfProperty] = {
    "sum": OfProperty(NUMBERS, _sum_type),
    "average": OfProperty(NUMBERS, lambda _: RATIO),
    "minimum": OfProperty(ORDERED, _same),
    "maximum": OfProperty(ORDERED, _same),
    "median": OfProperty(NUMBERS, lambda _: RATIO),
    "distinct": OfProperty(SCALARS, lambda _: INTEGER),
    "first": OfProperty(ANY, _same),
    "last": OfProperty(ANY, _same),
    "most_frequent": OfProperty(SCALARS, _same),
    "values": OfProperty(SCALARS, array),
}
FACT_FUNCTIONS: dict[AggregateFunction, Type] = {"count": INTEGER, "earliest": TIMESTAMP, "latest": TIMESTAMP}


# ---------------------------------------------------------------- functions of facts
def _of_fact(function: AggregateFunction) -> Callable[[Scope, Given], Value]:
    def read(scope: Scope, given: Given) -> Value:
        fact = given.entries[function]
        selection = read_selection(scope, given, fact, text_of(scope, fact, "a fact"))
        return Aggregate(function, selection, None, FACT_FUNCTIONS[function])

    return read


def _of_property(function: AggregateFunction) -> Callable[[Scope, Given], Value]:
    def read(scope: Scope, given: Given) -> Value:
        entry = given.entries[function]
        fact, _, path = text_of(scope, entry, "fact.property").partition(".")
        if not path:
            raise _property_is_missing(scope, entry, function, fact)
        kinds = read_kinds(scope, entry, fact)
        kind = property_type(scope, Given(path, entry.where, path), kinds, path)
        rule = PROPERTY_FUNCTIONS[function]
        if kind.name not in rule.takes:
            raise scope.refuse(entry, f"'{function}' does not take '{path}', which is {kind}", f"It takes {', '.join(rule.takes)}.")
        return Aggregate(function, read_selection(scope, given, entry, fact), path, rule.answers(kind))

    return read


def _property_is_missing(scope: Scope, entry: Given, function: str, name: str) -> RefusedError:
    """The fact was left out, or the property was."""
    having = [fact for fact, kind in scope.vocabulary.facts.items() if kind.properties.at(name)]
    if name not in scope.vocabulary.facts and having:
        return scope.refuse(entry, f"'{function}' needs a property of a fact, found '{name}' alone", f"Write {function}: {having[0]}.{name}.")
    return scope.refuse(entry, f"'{function}' needs a property, found the fact '{name}' alone", f"Write {function}: {name}.property.")


# ---------------------------------------------------------------- functions of traits
def _operands(scope: Scope, given: Given, function: str, low: int, high: int | None) -> tuple[Value, ...]:
    entry = given.entries[function]
    if len(entry.items) < low or (high is not None and len(entry.items) > high):
        wanted = f"{low} traits" if low == high else f"at least {low} traits"
        raise scope.refuse(entry, f"'{function}' takes a list of {wanted}, found {in_words(entry) if not entry.items else len(entry.items)}")
    values = tuple(scope.traits.value(scope, item) for item in entry.items)
    for item, value in zip(entry.items, values, strict=True):
        if not value.type.is_numeric:
            raise scope.refuse(item, f"'{function}' takes numbers, and '{item.value}' is {value.type}")
    return values


def _ratio(scope: Scope, given: Given) -> Value:
    numerator, denominator = _operands(scope, given, "ratio", 2, 2)
    return Ratio(numerator, denominator, RATIO)


def _difference(scope: Scope, given: Given) -> Value:
    operands = _operands(scope, given, "difference", 2, None)
    return Arithmetic("difference", operands, arithmetic_type(operands))


def _sum_of(scope: Scope, given: Given) -> Value:
    operands = _operands(scope, given, "sum_of", 1, None)
    return Arithmetic("sum_of", operands, arithmetic_type(operands))


def arithmetic_type(operands: tuple[Value, ...]) -> Type:
    if all(operand.type.name == "integer" for operand in operands):
        return INTEGER
    return decimal(38, max(operand.type.scale for operand in operands))


# ---------------------------------------------------------------- attributes, scores, ranks
def read_attribute(scope: Scope, entry: Given) -> AttributeValue:
    name = text_of(scope, entry, "an attribute")
    found = scope.vocabulary.attributes.get(name)
    if found is None:
        raise unknown(scope, entry, "attribute", name, scope.vocabulary.attributes)
    return AttributeValue(name, found.type)


def read_score(scope: Scope, entry: Given) -> ScoreValue:
    name = text_of(scope, entry, "a score model")
    if name not in scope.vocabulary.scores:
        raise unknown(scope, entry, "score", name, scope.vocabulary.scores)
    return ScoreValue(name, scope.vocabulary.scores[name])


def _rank(scope: Scope, given: Given) -> Value:
    entry = given.entries["rank"]
    if not entry.entries:
        raise scope.refuse(entry, f"expected {{of: trait, in: 5}}, found {in_words(entry)}")
    refuse_unknown_keys(scope, entry, ("of", "in"), "rank")
    for key in ("of", "in"):
        if key not in entry.entries:
            raise scope.refuse(entry, f"rank needs '{key}'")
    ranked = scope.traits.value(scope, entry.entries["of"])
    if not ranked.type.is_numeric and not ranked.type.is_temporal:
        raise scope.refuse(entry.entries["of"], f"rank orders numbers and times, and '{entry.entries['of'].value}' is {ranked.type}")
    return RankValue(str(entry.entries["of"].value), read_whole(scope, entry.entries["in"], 2, 1000), INTEGER)


@dataclass(frozen=True)
class Form:
    read: Callable[[Scope, Given], Value]
    keys: tuple[str, ...] = NOTES


FORMS: dict[str, Form] = {
    **{function: Form(_of_fact(function), (*SELECTION_KEYS, *NOTES)) for function in FACT_FUNCTIONS},
    **{function: Form(_of_property(function), (*SELECTION_KEYS, *NOTES)) for function in PROPERTY_FUNCTIONS},
    "ratio": Form(_ratio),
    "difference": Form(_difference),
    "sum_of": Form(_sum_of),
    "attribute": Form(lambda scope, given: read_attribute(scope, given.entries["attribute"])),
    "score": Form(lambda scope, given: read_score(scope, given.entries["score"])),
    "rank": Form(_rank),
}


def read_trait(scope: Scope, given: Given) -> Value:
    """The value a trait names. Raises RefusedError when it cannot be read; its issues are in the scope."""
    if not isinstance(given.value, dict):
        raise scope.refuse(given, f"expected one function such as {{count: orders}}, found {in_words(given)}")
    found = [key for key in given.entries if key in FORMS]
    if len(found) != 1:
        problem = f"two functions at once: {' and '.join(found)}" if found else "a function is missing"
        refuse_unknown_keys(scope, given, (*FORMS, *SELECTION_KEYS, *NOTES))
        raise scope.refuse(given, problem, f"One of {', '.join(FORMS)}." if not found else "Make a trait of each.")
    form = FORMS[found[0]]
    refuse_unknown_keys(scope, given, (found[0], *form.keys), found[0])
    return form.read(scope, given)
