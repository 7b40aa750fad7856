"""What one SQL text is read with: its scope, its place, names, literals, and the underlining of what is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from segmentation.issues import suggest
from segmentation.rules.given import Given
from segmentation.rules.parse.scope import RefusedError, Scope
from segmentation.rules.parse.traits import read_attribute, read_score
from segmentation.rules.values import Value

AT = "at"
_BEFORE = re.compile(r"(interval|date|timestamp)\s*$", re.IGNORECASE)
_UNIT = r"(microsecond|millisecond|second|minute|hour|day|week|month|quarter|year)s?\b"
_AFTER = re.compile(rf"(\s*[+-]\s*interval)?\s*['\"]?\s*-?[\d.]*\s*['\"]?\s*{_UNIT}['\"]?", re.IGNORECASE)


@dataclass(frozen=True)
class Reader:
    """`entry` is where the text stands in YAML; `zone` is the segment's, where current_date has its midnight."""

    scope: Scope
    entry: Given
    text: str
    zone: str

    def refuse(self, node: Any, problem: str, hint: str = "") -> RefusedError:
        """Record what is wrong with a part of the text, underlined."""
        below = f"\n    {hint}" if hint else ""
        return self.scope.refuse(self.entry, problem, f"{underlined(self.text, *span(node, self.text))}{below}")

    def value(self, column: exp.Column) -> Value:
        """The trait, attribute or score that a name means, in this order."""
        if column.table:
            raise self.refuse(column, f"unknown name '{column.sql()}'", "A name has no dots: make a trait of it.")
        place = Given(column.name, self.entry.where, column.name)
        if column.name in self.scope.traits.given:
            return self.scope.traits.value(self.scope.in_zone(self.zone), place)
        if column.name in self.scope.vocabulary.attributes:
            return read_attribute(self.scope, place)
        if column.name in self.scope.vocabulary.scores:
            return read_score(self.scope, place)
        raise self.refuse(column, f"unknown name '{column.name}'", suggest(column.name, self.known()))

    def known(self) -> list[str]:
        return [*self.scope.traits.given, *self.scope.vocabulary.attributes, *self.scope.vocabulary.scores, AT]

    def literal(self, node: Any) -> Given | None:
        """A number, text or boolean, as if it stood in YAML; None for anything else."""
        node = bare(node)
        if isinstance(node, exp.Boolean):
            return Given(bool(node.this), self.entry.where, str(node.this).lower())
        if isinstance(node, exp.Neg) and isinstance(bare(node.this), exp.Literal) and not bare(node.this).is_string:
            positive = self.number(bare(node.this))
            return Given(-positive, self.entry.where, f"-{bare(node.this).this}")
        if not isinstance(node, exp.Literal):
            return None
        value = str(node.this) if node.is_string else self.number(node)
        return Given(value, self.entry.where, str(node.this))

    def number(self, node: exp.Literal) -> int | Decimal:
        text = str(node.this)
        try:
            if text.isascii() and text.isdigit():
                return int(text)
            if "e" not in text.lower():
                return Decimal(text)
        except (ValueError, InvalidOperation):
            pass
        raise self.refuse(node, f"'{text[:60]}' is not an exact number", "Write it out, without an exponent.")


def bare(node: Any) -> Any:
    """Without the parentheses around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def span(node: Any, text: str) -> tuple[int, int]:
    """Where an expression stands in its text, as well as the parser's marks tell; all of it where they do not."""
    marks = [part.meta for part in node.walk() if "start" in part.meta] if isinstance(node, exp.Expression) else []
    if not marks:
        return _unmarked(node, text)
    start, end = min(mark["start"] for mark in marks), max(mark["end"] for mark in marks) + 1
    before, after = _BEFORE.search(text, 0, start), _AFTER.match(text, end)
    start, end = (before.start() if before else start), (after.end() if after else end)
    while text.count("(", start, end) > text.count(")", start, end) and text.find(")", end) >= 0:
        end = text.find(")", end) + 1
    return start, min(end, len(text))


def _unmarked(node: Any, text: str) -> tuple[int, int]:
    """An interval or literal bears no mark: it is looked for, and found where it stands once."""
    pattern = None
    if isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal):
        pattern = rf"interval\s+['\"]?\s*{re.escape(str(node.this.name))}\s*['\"]?\s*{_UNIT}['\"]?"
    elif isinstance(node, exp.Literal):
        pattern = rf"['\"]?(?<![\w.]){re.escape(str(node.name))}(?![\w.])['\"]?"
    found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)] if pattern else []
    return found[0] if len(found) == 1 else (0, len(text))


def underlined(text: str, start: int, end: int) -> str:
    """The line of the text with the part marked below it."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    last = len(text) if last < 0 else last
    mark = "^" * max(1, min(end, last) - start)
    return f"\n    {text[first:last]}\n    {' ' * (start - first)}{mark}"
