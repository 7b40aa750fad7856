"""Spark SQL over traits, attributes and `at` -> the same tree as the YAML forms give: one function a kind of expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from segmentation.rules.given import Given
from segmentation.rules.model import All, AnyOf, Compare, Condition, Constant, IfMissing, Not
from segmentation.rules.parse.comparisons import read_comparison
from segmentation.rules.parse.scope import RefusedError, Scope
from segmentation.rules.parse.sql.differences import compare_difference
from segmentation.rules.parse.sql.leaves import LEAVES, one_of
from segmentation.rules.parse.sql.reader import AT, Reader, bare
from segmentation.rules.parse.sql.rewrites import find_marked
from segmentation.rules.parse.sql.scalars import read_scalar, read_scalar_condition
from segmentation.rules.parse.sql.syntax import parse_spark_sql
from segmentation.rules.parse.sql.time_comparisons import FLIPPED, compare_times
from segmentation.rules.parse.sql.times import Time, fixed, read_time
from segmentation.rules.types import BOOLEAN
from segmentation.rules.values import Value

MAXIMUM_LENGTH = 20_000
SIGNS: dict[type, str] = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
WORDS = {"=": "is", "<>": "is_not", ">": "above", ">=": "at_least", "<": "below", "<=": "at_most"}


def read_sql_condition(scope: Scope, entry: Given, text: str, zone: str) -> Condition:
    """The condition a text stands for. Raises RefusedError after recording what is wrong, underlined."""
    reader = Reader(scope, entry, text, zone)
    if len(text) > MAXIMUM_LENGTH:
        raise scope.refuse(entry, f"this SQL is longer than {MAXIMUM_LENGTH} characters")
    try:
        return _condition(reader, _parsed(reader))
    except RecursionError:
        raise scope.refuse(entry, "this SQL is nested too deeply") from None


def _parsed(reader: Reader) -> Any:
    parsed = parse_spark_sql(reader.scope, reader.entry, reader.text)
    marked = find_marked(parsed)
    if marked is not None:
        raise reader.refuse(marked, "this form of SQL cannot be used in a rule", "A rule compares traits, attributes and at.")
    return parsed


def _condition(reader: Reader, node: Any) -> Condition:
    node = bare(node)
    read = CONDITIONS.get(type(node))
    found = read(reader, node) if read else None
    return read_scalar_condition(reader, node) if found is None else found


def _chain(kind: type, node: Any) -> list[Any]:
    """`a and b and c` is nested to the left, as deep as it is long."""
    parts, waiting = [], [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, kind):
            waiting += [part.expression, part.this]  # type: ignore[attr-defined]
        else:
            parts.append(part)
    return parts


def _each(reader: Reader, kind: type, node: Any) -> tuple[Condition, ...]:
    """Every part is read, so that all mistakes are said at once."""
    found, failed = [], False
    for part in _chain(kind, node):
        try:
            found.append(_condition(reader, part))
        except RefusedError:
            failed = True
    if failed:
        raise RefusedError
    return tuple(found)


# ---------------------------------------------------------------- comparisons
def _comparison(reader: Reader, node: Any) -> Condition | None:
    sign = SIGNS[type(node)]
    for side in (node.this, node.expression):
        if isinstance(bare(side), exp.Null):
            raise reader.refuse(node, "a comparison with null is never true", "Write is null, or is not null.")
    _refuse_quoted_name(reader, node)
    found = compare_difference(reader, node, sign)
    if found is not None:
        return found
    left, right = _sides(reader, node)
    if left is not None and right is not None:
        is_plain = left.base == right.base == "value" and left.shift == right.shift == 0
        return None if is_plain else compare_times(reader, node, left, sign, right)
    return _with_literal(reader, node.this, sign, node.expression) or _with_literal(reader, node.expression, FLIPPED[sign], node.this)


def _refuse_quoted_name(reader: Reader, node: Any) -> None:
    """Spark reads double quotes as text: "tier" = 'gold' compares two texts, and is never meant."""
    texts = [each.value for each in map(reader.literal, (node.this, node.expression)) if each is not None and isinstance(each.value, str)]
    named = next((text for text in texts if len(texts) == 2 and text in reader.known()), None)
    if named is not None:
        raise reader.refuse(node, "two texts are compared: quotes make text, not a name", f"Write {named} without quotes.")


def _sides(reader: Reader, node: Any) -> tuple[Time | None, Time | None]:
    """Both sides as times; a text beside a time is a date or an instant."""
    left, right = read_time(reader, node.this), read_time(reader, node.expression)
    return left or _as_time(reader, node.this, right), right or _as_time(reader, node.expression, left)


def _as_time(reader: Reader, node: Any, other: Time | None) -> Time | None:
    given = reader.literal(node) if other is not None else None
    if given is None or not isinstance(given.value, str) or other is None:
        return None
    return fixed(reader, given, "date" if other.is_date or len(given.value) <= len("2026-01-01") else "instant")


def subject(reader: Reader, node: Any) -> Value | None:
    """The value a leaf compares: a name, or any scalar expression of names; None for a time or a literal."""
    node = bare(node)
    if isinstance(node, exp.Column):
        return None if node.name == AT and not node.table else reader.value(node)
    if reader.literal(node) is not None or isinstance(node, exp.Null) or read_time(reader, node) is not None:
        return None
    return read_scalar(reader, node)


def _with_literal(reader: Reader, left: Any, sign: str, right: Any) -> Condition | None:
    given = reader.literal(right)
    value = subject(reader, left) if given is not None else None
    if given is None or value is None:
        return None
    comparison = read_comparison(reader.scope, WORDS[sign], given, value.type, reader.zone)
    return Compare(value, comparison, _name(left))


def _name(node: Any) -> str:
    node = bare(node)
    return node.name if isinstance(node, exp.Column) else ""


def _between(reader: Reader, node: exp.Between) -> Condition | None:
    ends = [exp.GTE(this=node.this.copy(), expression=node.args["low"]), exp.LTE(this=node.this.copy(), expression=node.args["high"])]
    differences = [compare_difference(reader, end, SIGNS[type(end)]) for end in ends]
    if all(differences):
        return All(tuple(part for part in differences if part))
    low, high = (reader.literal(node.args[end]) for end in ("low", "high"))
    value = subject(reader, node.this) if low is not None and high is not None else None
    if low is not None and high is not None and value is not None and not value.type.is_temporal:
        ends_given = Given([low, high], reader.entry.where)
        return Compare(value, read_comparison(reader.scope, "between", ends_given, value.type, reader.zone), _name(node.this))
    parts = [_comparison(reader, end) for end in ends]
    return All(tuple(part for part in parts if part)) if all(parts) else None


def _in(reader: Reader, node: exp.In) -> Condition | None:
    options = [reader.literal(option) for option in node.expressions]
    value = subject(reader, node.this) if options and all(options) else None
    if value is None:
        return None
    return one_of(reader, value, [option for option in options if option], _name(node.this))


def _is(reader: Reader, node: exp.Is) -> Condition | None:
    if isinstance(node.expression, exp.Boolean):
        inner = _condition(reader, node.this)
        return IfMissing(inner if node.expression.this else Not(inner), answer=False)
    if not isinstance(node.expression, exp.Null):
        return None
    value = subject(reader, node.this)
    place = Given(False, reader.entry.where, "false")
    return None if value is None else Compare(value, read_comparison(reader.scope, "exists", place, value.type, reader.zone), _name(node.this))


def _null_safe(reader: Reader, node: exp.NullSafeEQ) -> Condition | None:
    for left, right in ((node.this, node.expression), (node.expression, node.this)):
        if isinstance(bare(right), exp.Null):
            return _is(reader, exp.Is(this=left, expression=exp.Null()))
        if reader.literal(right) is not None and read_time(reader, left) is None:
            found = _with_literal(reader, left, "=", right)
            return None if found is None else IfMissing(found, answer=False)
    return None


def _column(reader: Reader, node: exp.Column) -> Condition:
    value = subject(reader, node)
    if value is None or value.type != BOOLEAN:
        kind = "an instant" if value is None else str(value.type)
        raise reader.refuse(node, f"expected a condition, and '{node.name}' is {kind}", "Compare it with something.")
    place = Given(True, reader.entry.where, "true")
    return Compare(value, read_comparison(reader.scope, "is", place, value.type, reader.zone), node.name)


CONDITIONS: dict[type, Callable[[Reader, Any], Condition | None]] = {
    exp.And: lambda reader, node: All(_each(reader, exp.And, node)),
    exp.Or: lambda reader, node: AnyOf(_each(reader, exp.Or, node)),
    exp.Not: lambda reader, node: Not(_condition(reader, node.this)),
    exp.Boolean: lambda _, node: Constant(bool(node.this)),
    exp.Between: _between,
    exp.In: _in,
    exp.Is: _is,
    exp.NullSafeEQ: _null_safe,
    exp.Column: _column,
    **dict.fromkeys(SIGNS, _comparison),
    **{kind: lambda reader, node: LEAVES[type(node)](reader, node, subject, _name) for kind in LEAVES},
}
