"""SQL's tests of text and arrays (like, rlike, startswith, array_contains, in) -> the comparison words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from segmentation.rules.given import Given
from segmentation.rules.model import Compare, Condition
from segmentation.rules.parse.comparisons import read_comparison
from segmentation.rules.parse.sql.reader import Reader
from segmentation.rules.values import Value

Subject = Callable[[Reader, Any], Value | None]
Name = Callable[[Any], str]
ANYTHING, END = r"[\s\S]", r"(?![\s\S])"
"""LIKE's wildcards stand for line ends too, and its end is the very end."""


def one_of(reader: Reader, value: Value, options: list[Given], name: str) -> Condition:
    given = Given(options, reader.entry.where)
    return Compare(value, read_comparison(reader.scope, "in", given, value.type, reader.zone), name)


def _word(word: str, *, ignoring_case: bool = False, change: Callable[[str], tuple[str, str]] | None = None) -> Any:
    """A function of a name and a literal as a comparison; `change` makes word and operand of a pattern."""

    def read(reader: Reader, node: Any, subject: Subject, name: Name) -> Condition | None:
        given = reader.literal(node.expression)
        value = subject(reader, node.this) if given is not None else None
        if given is None or value is None:
            return None
        own_word = word
        if change is not None and isinstance(given.value, str):
            own_word, text = change(given.value)
            given = Given(text, given.where, text)
        comparison = read_comparison(reader.scope, own_word, given, value.type, reader.zone, ignoring_case=ignoring_case)
        return Compare(value, comparison, name(node.this))

    return read


def like(pattern: str) -> tuple[str, str]:
    """The word and operand a LIKE pattern stands for; `_` and % in the middle need a regular expression."""
    match = re.fullmatch(r"(%?)([^%_\\]*)(%?)", pattern)
    if match and match[2]:
        words = {("", ""): "is", ("", "%"): "starts_with", ("%", ""): "ends_with", ("%", "%"): "contains"}
        return words[match[1], match[3]], match[2]
    return "matches", f"^{_expression(pattern)}{END}"


def _expression(pattern: str) -> str:
    parts, letters = [], iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(_escaped(next(letters, "\\")))
        else:
            parts.append({"%": f"{ANYTHING}*", "_": ANYTHING}.get(letter, _escaped(letter)))
    return "".join(parts)


def _escaped(letter: str) -> str:
    return f"\\{letter}" if letter in r"\.^$|?*+()[]{}" else letter


LEAVES: dict[type, Callable[[Reader, Any, Subject, Name], Condition | None]] = {
    exp.Like: _word("matches", change=like),
    exp.ILike: _word("matches", ignoring_case=True, change=like),
    exp.RegexpLike: _word("matches"),
    exp.StartsWith: _word("starts_with"),
    exp.EndsWith: _word("ends_with"),
    exp.Contains: _word("contains"),
    exp.ArrayContains: _word("contains"),
}
