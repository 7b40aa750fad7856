"""What stands beside a comparison word -> a value of the type compared. One function a type; numbers stay exact."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from segmentation.rules.given import Given, in_words
from segmentation.rules.parse.instants import read_date, read_instant
from segmentation.rules.parse.scope import Scope, quote_hint
from segmentation.rules.types import Type

INTEGERS = range(-(2**63), 2**63)
MAXIMUM_DIGITS = 38


def read_operand(scope: Scope, given: Given, kind: Type, zone: str, *, ordered: bool = False) -> Any:
    """`ordered`: a fraction may stand beside an integer (above 2.5), which it can never equal."""
    if kind.name == "integer":
        return _integer(scope, given, ordered=ordered)
    reader = READERS.get(kind.name)
    if reader is None:
        raise scope.refuse(given, f"{a(kind)} does not compare with {in_words(given)}")
    return reader(scope, given, zone)


def a(kind: Type) -> str:
    return f"{'an' if str(kind)[0] in 'aio' else 'a'} {kind}"


def _number(scope: Scope, given: Given, what: str) -> Decimal:
    if isinstance(given.value, bool) or not isinstance(given.value, int | Decimal):
        quoted = isinstance(given.value, str) and given.value.replace(".", "", 1).lstrip("+-").isdigit()
        raise scope.refuse(given, f"expected {what}, found {in_words(given)}", "Take the quotes away." if quoted else "")
    value = Decimal(given.value)
    if not value.is_finite() or max(len(value.as_tuple().digits), value.adjusted() + 1, -int(value.as_tuple().exponent)) > MAXIMUM_DIGITS:
        raise scope.refuse(given, f"{in_words(given)} has more than {MAXIMUM_DIGITS} digits")
    return value


def _integer(scope: Scope, given: Given, *, ordered: bool) -> int | Decimal:
    value = _number(scope, given, "a whole number")
    if value != value.to_integral_value():
        if ordered:
            return value
        raise scope.refuse(given, f"{in_words(given)} never equals a whole number")
    if int(value) not in INTEGERS:
        raise scope.refuse(given, f"{in_words(given)} is beyond the range of integers")
    return int(value)


def _decimal(scope: Scope, given: Given, _: str) -> Decimal:
    return _number(scope, given, "a number")


def _text(scope: Scope, given: Given, _: str) -> str:
    if not isinstance(given.value, str):
        hint = quote_hint(given) or (f'Write "{given.text}" in quotes.' if given.text else "")
        raise scope.refuse(given, f"expected text, found {given.kind if given.value is None else in_words(given)}", hint)
    return given.value


def _boolean(scope: Scope, given: Given, _: str) -> bool:
    if not isinstance(given.value, bool):
        raise scope.refuse(given, f"expected true or false, found {in_words(given)}")
    return given.value


READERS: dict[str, Callable[[Scope, Given, str], Any]] = {
    "string": _text,
    "boolean": _boolean,
    "decimal": _decimal,
    "date": lambda scope, given, _: read_date(scope, given),
    "timestamp": read_instant,
}
