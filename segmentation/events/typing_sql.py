"""Text into a declared type, exactly or not at all: SQL that is null where the text is not of the type. No number passes through a double."""

from __future__ import annotations

from collections.abc import Callable

from segmentation.rules.compile.sql import name, quote
from segmentation.rules.types import Type

MAXIMUM_DIGITS = 38


def typed(text: str, kind: Type, depth: int = 0) -> str:
    """`text` is SQL of type string. Naive instants are read in the zone of the session that analyses this."""
    return _FORMS[kind.name](text, kind, depth)


def _string(text: str, _kind: Type, _depth: int) -> str:
    return text


def _boolean(text: str, _kind: Type, _depth: int) -> str:
    return f"case lower(trim({text})) when 'true' then true when 'false' then false end"


def _integer(text: str, _kind: Type, _depth: int) -> str:
    return rf"try_cast(regexp_replace({text}, '^(\\s*[+-]?[0-9]+)[.]0*\\s*$', '$1') as bigint)"


def _decimal(text: str, kind: Type, _depth: int) -> str:
    """A cast alone would round: equal to the same text with as many places as fit, or null."""
    places = MAXIMUM_DIGITS - kind.precision + kind.scale
    narrow, wide = f"try_cast({text} as {kind.spark})", f"try_cast({text} as decimal({MAXIMUM_DIGITS},{places}))"
    return f"case when {narrow} = {wide} then {narrow} end"


def _date(text: str, _kind: Type, _depth: int) -> str:
    return rf"case when {text} rlike '^\\s*[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}\\s*$' then try_cast({text} as date) end"


def _timestamp(text: str, _kind: Type, _depth: int) -> str:
    """A cast alone would take `12:30` as half past twelve today."""
    return rf"case when {text} rlike '^\\s*[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}' then try_cast({text} as timestamp) end"


def _array(text: str, kind: Type, depth: int) -> str:
    element, variable = kind.element or Type("string"), f"x{depth}"
    items = f"transform(try_variant_get(try_parse_json({text}), '$', 'array<variant>'), {variable} -> cast({variable} as string))"
    value = typed(variable, element, depth + 1)
    is_wrong = f"exists({items}, {variable} -> {variable} is not null and ({value}) is null)"
    return f"case when not {is_wrong} then transform({items}, {variable} -> {value}) end"


def _object(text: str, kind: Type, depth: int) -> str:
    """A field that is not of its type makes the whole object wrong; fields that are not declared are left out."""
    fields = [(field, field_text(text, field), each) for field, each in kind.fields]
    is_right = " and ".join(f"(({at}) is null or ({typed(at, each, depth)}) is not null)" for _, at, each in fields) or "true"
    values = ", ".join(f"{quote(field)}, {typed(at, each, depth)}" for field, at, each in fields)
    is_object = f"schema_of_variant(try_parse_json({text})) like 'OBJECT%'"
    return f"case when {is_object} and {is_right} then named_struct({values}) end"


def field_text(text: str, field: str) -> str:
    """The text of one field of a JSON object given as text."""
    return f"cast({variant_at(f'try_parse_json({text})', field)} as string)"


def variant_at(variant: str, *fields: str) -> str:
    """A field of a variant, null where there is none."""
    path = "$" + "".join(f'["{field}"]' for field in fields)
    return f"try_variant_get({variant}, {quote(path)}, 'variant')"


_FORMS: dict[str, Callable[[str, Type, int], str]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "timestamp": _timestamp,
    "array": _array,
    "object": _object,
}


def struct_field(struct: str, field: str) -> str:
    return f"{struct}.{name(field)}"
