"""Documents held against their shapes; what pydantic finds becomes issues with places and suggestions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from segmentation.definitions.shapes import SegmentShape, Shape
from segmentation.issues import Issue, suggest
from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.conditions import FORMS, INNER

S = TypeVar("S", bound=Shape)


def check_form(shape: type[S], given: Given, issues: list[Issue]) -> tuple[S, Given] | None:
    """The document in its shape; what is wrong with its form is noted and left out, so that the rest can be read.

    None where nothing can be read: it is no mapping, or a key that must be there is not.
    """
    try:
        return shape.model_validate(given.plain()), given
    except ValidationError as error:
        faults = error.errors(include_url=False)
    issues += [_issue(shape, given, fault) for fault in faults]
    if any(not fault["loc"] for fault in faults):
        return None
    wrong = {str(fault["loc"][0]) for fault in faults if fault["loc"]}
    rest = replace(given, value={key: entry for key, entry in given.entries.items() if key not in wrong})
    try:
        return shape.model_validate(rest.plain()), rest
    except ValidationError:
        return None


def _issue(shape: type[Shape], given: Given, fault: Any) -> Issue:
    place, missing = given, ""
    models = [shape]
    for part in fault["loc"]:
        inner = place.items[part] if isinstance(part, int) and part < len(place.items) else place.get(str(part))
        if inner is None:
            missing = str(part)
            break
        models.append(_inner(models[-1], str(part)))
        place = inner
    sentence = SENTENCES.get(fault["type"], _otherwise)
    if fault["type"] == "extra_forbidden":
        return _unknown_key(place, models[-2], str(fault["loc"][-1]))
    problem, hint = sentence(place, missing, fault)
    return Issue(place.where, problem, hint)


def _inner(model: Any, key: str) -> Any:
    """The shape under a key of a shape, through optional, list and dict."""
    fields = getattr(model, "model_fields", {})
    kind = fields[key].annotation if key in fields else model
    while get_args(kind) and not hasattr(kind, "model_fields"):
        kind = [part for part in get_args(kind) if part is not type(None)][-1]
    return kind


def _unknown_key(place: Given, model: Any, key: str) -> Issue:
    known = list(getattr(model, "model_fields", {}))
    if model is SegmentShape and key in {*FORMS, *INNER}:
        return Issue(place.key or place.where, f"unknown key '{key}'", f"A condition stands under rule: {{{key}: ...}}.")
    return Issue(place.key or place.where, f"unknown key '{key}'", suggest(key, known) or f"Known here: {', '.join(known)}.")


Sentence = Callable[[Given, str, Any], tuple[str, str]]


def _expected(what: str) -> Sentence:
    return lambda place, _, __: (f"expected {what}, found {in_words(place)}", "")


def _missing(_: Given, missing: str, __: Any) -> tuple[str, str]:
    return f"'{missing}' is missing", ""


def _literal(place: Given, _: str, fault: Any) -> tuple[str, str]:
    wanted = fault["ctx"]["expected"].replace(" or ", ", ")
    return f"expected one of {wanted}, found {in_words(place)}", suggest(str(place.value), wanted.replace("'", "").split(", "))


def _text(place: Given, _: str, __: Any) -> tuple[str, str]:
    hint = f'Write "{place.text}" in quotes.' if place.text and not isinstance(place.value, str) else ""
    return f"expected text, found {in_words(place)}", hint


def _otherwise(_: Given, __: str, fault: Any) -> tuple[str, str]:
    return str(fault["msg"]).removeprefix("Value error, "), ""


SENTENCES: dict[str, Sentence] = {
    "missing": _missing,
    "literal_error": _literal,
    "string_type": _text,
    "string_too_short": _expected("text"),
    "too_short": _expected("at least one item"),
    "dict_type": _expected("a mapping"),
    "model_type": _expected("a mapping"),
    "list_type": _expected("a list"),
    "bool_type": _expected("true or false"),
    "bool_parsing": _expected("true or false"),
}
