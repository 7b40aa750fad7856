"""What the tracking plan asks of one property: SQL conditions, each with the sentence that names the mistake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from segmentation.definitions.documents import Property
from segmentation.events.columns import TEXTS, WRONG_KINDS
from segmentation.events.typing_sql import struct_field
from segmentation.rules.compile.sql import literal, quote
from segmentation.rules.types import Type

Check = tuple[str, str]
"""(the condition under which the row is refused, the sentence): both SQL."""
SHOWN = 80
"""Characters of a wrong value shown in a reason."""


def property_checks(each: Property, typed_struct: str) -> Iterator[Check]:
    """Checks of a top-level property: its text is a field of `_texts`, its typed value one of `typed_struct`."""
    text, value = struct_field(TEXTS, each.name), struct_field(typed_struct, each.name)
    shown = shown_text(text)
    if each.required:
        yield f"{text} is null", quote(f"property {each.name} is missing")
    is_wrong = f"({text} is not null and {value} is null)"
    if each.type.name == "string":
        is_wrong = f"array_contains({WRONG_KINDS}, {quote(each.name)})"
    yield is_wrong, sentence(f"property {each.name}: ", shown, f" is not {article(each.type)}")
    yield from _value_checks(each, each.name, value)


def _value_checks(each: Property, path: str, value: str) -> Iterator[Check]:
    """Bounds of a typed value, and the same for what is nested in it."""
    shown = shown_text(f"cast({value} as string)")
    for word, (condition, phrase) in BOUNDS.items():
        bound = getattr(each, word)
        if bound is not None:
            yield condition(value, bound, each.type), sentence(f"property {path}: ", shown, f" {phrase} {_words(bound, each.type)}")
    for inner in each.properties.values():
        inner_path, inner_value = f"{path}.{inner.name}", struct_field(value, inner.name)
        if inner.required:
            yield f"({value} is not null and {inner_value} is null)", quote(f"property {inner_path} is missing")
        yield from _value_checks(inner, inner_path, inner_value)


BOUNDS: dict[str, tuple[Callable[[str, Any, Type], str], str]] = {
    "at_least": (lambda value, bound, kind: f"{value} < {_literal(bound, kind)}", "is less than"),
    "at_most": (lambda value, bound, kind: f"{value} > {_literal(bound, kind)}", "is more than"),
    "above": (lambda value, bound, kind: f"{value} <= {_literal(bound, kind)}", "is not above"),
    "below": (lambda value, bound, kind: f"{value} >= {_literal(bound, kind)}", "is not below"),
    "one_of": (lambda value, bound, kind: f"{value} not in ({', '.join(_literal(each, kind) for each in bound)})", "is none of"),
    "matches": (lambda value, bound, _kind: f"not ({value} rlike {quote(bound)})", "does not match"),
}
"""Word of the plan -> when a value breaks it, and how that is said. A null value breaks none."""


def _literal(value: Any, kind: Type) -> str:
    return f"timestamp_micros({value}L)" if kind.name == "timestamp" else literal(value)


def _words(bound: Any, kind: Type) -> str:
    if isinstance(bound, tuple):
        return ", ".join(_words(each, kind) for each in bound)
    if kind.name == "timestamp":
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=bound)).isoformat()
    return str(bound)


def shown_text(text: str) -> str:
    return f"concat('\\'', left({text}, {SHOWN}), if(length({text}) > {SHOWN}, '…', ''), '\\'')"


def sentence(before: str, value: str, after: str) -> str:
    return f"concat({quote(before)}, {value}, {quote(after)})"


def article(kind: Type) -> str:
    return f"{'an' if str(kind)[0] in 'aeiou' else 'a'} {kind}"
