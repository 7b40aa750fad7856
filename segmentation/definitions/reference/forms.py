"""Which forms there are, by the parser's own tables, and what is written about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import yaml

from segmentation.rules.parse import conditions, leaves, traits
from segmentation.rules.parse.comparisons import MODIFIERS, WORDS
from segmentation.rules.parse.selections import SELECTION_KEYS

FOLDER = Path(__file__).parent / "forms"


@dataclass(frozen=True)
class Written:
    """What people write about a form. `example` is the body of a segment with its tests; `traits` and `others` are what it refers to."""

    meaning: str
    missing: str
    example: str
    takes: str = ""
    traits: str = ""
    others: str = ""


@dataclass(frozen=True)
class Page:
    """A form with what is written about it. `keys`: what may stand beside it, in the parser's order."""

    kind: str
    name: str
    keys: tuple[str, ...]
    written: Written

    @property
    def path(self) -> str:
        """Where the page lies under the reference's folder."""
        return f"{self.kind}/{self.name}.md"


class _HasKeys(Protocol):
    @property
    def keys(self) -> tuple[str, ...]: ...


def _keys(table: Mapping[str, _HasKeys]) -> list[tuple[str, ...]]:
    return [form.keys for form in table.values()]


def _modifiers() -> Iterator[str]:
    """Keys beside a condition or trait function that are no comparison word of it; all count words have one page."""
    yield from SELECTION_KEYS
    yield "counts"
    beside = dict.fromkeys(key for keys in (*_keys(conditions.FORMS), *_keys(traits.FORMS)) for key in keys)
    yield from (key for key in (*beside, *MODIFIERS) if key not in WORDS and key not in (*leaves.COUNTS, *SELECTION_KEYS, *traits.NOTES))


def forms() -> dict[str, dict[str, tuple[str, ...]]]:
    """Kind -> name -> the keys beside it."""
    return {
        "conditions": {
            **{name: (*form.keys, "if_missing") for name, form in conditions.FORMS.items()},
            **dict.fromkeys(conditions.INNER, ()),
        },
        "traits": {name: form.keys for name, form in traits.FORMS.items()},
        "modifiers": dict.fromkeys(_modifiers(), ()),
        "comparisons": {name: ("ignoring_case",) if word.takes_case else () for name, word in WORDS.items()},
        "documents": {"segment": (), "group": (), "test": ()},
    }


@cache
def written() -> Mapping[tuple[str, str], Written]:
    """(kind, name) -> what is written about it."""
    found = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for name, entry in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            found[file.stem, str(name)] = Written(**entry)
    return found


def pages() -> list[Page]:
    """Every form of the parser's tables that something is written about, in their order."""
    texts = written()
    return [Page(kind, name, keys, texts[kind, name]) for kind, names in forms().items() for name, keys in names.items() if (kind, name) in texts]
