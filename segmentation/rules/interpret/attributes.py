"""An attribute as a history of settings: rows of tables and events of several places, each setting it only where it differs.

A row of a place sets the attribute where its value differs from what that place said before (its first row: where it is not null). A
row without the attribute sets nothing. A row taken away from a table says null for all that its place had said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from segmentation.rules.facts import Fact
from segmentation.rules.model import Micros


@dataclass(frozen=True)
class Setting:
    instant: Micros
    value: Any
    fact: Fact


def _position(fact: Fact) -> tuple[Micros, int, str]:
    return (fact.begins_at, fact.position, fact.fact_id)


def _said(attribute: str, rows: Iterable[Fact]) -> Iterator[Setting]:
    """What one place sets, its rows in order."""
    before: Any = None
    for row in rows:
        if not row.is_deleted and attribute not in row.properties:
            continue
        value = None if row.is_deleted else row.properties[attribute]
        if value != before:
            yield Setting(row.begins_at, value, row)
        before = value


def settings_of(attribute: str, places: tuple[str, ...], facts: Iterable[Fact]) -> tuple[Setting, ...]:
    """All settings; the last with an instant <= at is the value at `at`: by instant, place in order of declaration, position in the place."""
    ranks = {place: rank for rank, place in enumerate(places)}
    rows: dict[str, list[Fact]] = {place: [] for place in places}
    for fact in facts:
        if fact.kind in rows and fact.cause in ("attribute", "event"):
            rows[fact.kind].append(fact)
    settings = [setting for place in places for setting in _said(attribute, sorted(rows[place], key=_position))]
    return tuple(sorted(settings, key=lambda setting: (setting.instant, ranks[setting.fact.kind], _position(setting.fact))))


def values_in_time(settings: tuple[Setting, ...]) -> list[Setting]:
    """The settings at which the value in effect becomes another, from the first known value on: one at most an instant."""
    last_of_instant = {setting.instant: setting for setting in settings}
    kept: list[Setting] = []
    for setting in last_of_instant.values():
        if kept[-1].value != setting.value if kept else setting.value is not None:
            kept.append(setting)
    return kept


def changes(settings: tuple[Setting, ...]) -> list[Setting]:
    """Every change of the value: the first known value is none, to and from null are."""
    return values_in_time(settings)[1:]
