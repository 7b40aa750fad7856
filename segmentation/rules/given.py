"""What a user gave: plain values, each with its place, so that any mistake found later can be pointed at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from segmentation.issues import Where


@dataclass(frozen=True, slots=True)
class Given:
    """One YAML value. `value`: str, bool, int, Decimal, date, datetime, None, list[Given] or dict[str, Given]; `text`: a scalar as written.

    `key`: the place of its key, for a value of a mapping.
    """

    value: Any
    where: Where
    text: str = ""
    key: Where | None = None

    @property
    def entries(self) -> dict[str, Given]:
        """The entries of a mapping; none of anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Given]:
        """The items of a sequence; none of anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def kind(self) -> str:
        """In the words of messages."""
        return KINDS.get(type(self.value), type(self.value).__name__)

    def __iter__(self) -> Iterator[Given]:
        return iter(self.items)

    def get(self, key: str) -> Given | None:
        return self.entries.get(key)

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


KINDS = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    type(None): "nothing",
}


def in_words(given: Given) -> str:
    """The value as a message shows it."""
    if isinstance(given.value, dict | list):
        return given.kind if given.value else f"an empty {given.kind.removeprefix('a ')}"
    if given.value is None:
        return given.kind
    return f"'{given.text if len(given.text) <= 60 else given.text[:57] + '...'}'"


def from_plain(value: Any, file: str, path: str = "") -> Given:
    """Values that have no text of their own (a stored document): the path is their place."""
    where = Where(file, path=path)
    if isinstance(value, dict):
        return Given({str(key): from_plain(entry, file, f"{path}.{key}" if path else str(key)) for key, entry in value.items()}, where, key=where)
    if isinstance(value, list):
        return Given([from_plain(item, file, f"{path}[{index}]") for index, item in enumerate(value)], where, key=where)
    return Given(value, where, str(value), where)
