"""Which segments a rule depends on, and an order in which nothing refers forward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segmentation.rules.model import Condition, Entered, GroupOrder, InSegment, InSegmentFor
from segmentation.rules.traverse import every


@dataclass(frozen=True)
class CircleError(Exception):
    """Segments that refer to each other: the first and the last are the same."""

    slugs: tuple[str, ...]


def references(condition: Condition) -> list[tuple[str, bool]]:
    """(slug, asks for the status) of each reference, in the order in which they are written."""
    return [(node.slug, node.active) for node in every(condition) if isinstance(node, InSegment | InSegmentFor | Entered)]


def deciding(slug: str, active: bool, groups: Iterable[GroupOrder]) -> tuple[str, ...]:
    """The segments whose rules answer a reference: a status depends on all members above, a default's on all."""
    if active:
        for group in groups:
            if slug in group.order:
                return group.order[: group.order.index(slug) + 1]
            if slug == group.default:
                return group.order
    return (slug,)


def dependencies(rules: Mapping[str, Condition], groups: Iterable[GroupOrder]) -> dict[str, tuple[str, ...]]:
    """Slug -> the slugs whose rules it needs, without repetition; unknown ones are left out."""
    orders = tuple(groups)
    needs = {}
    for slug, rule in rules.items():
        found = (needed for name, active in references(rule) for needed in deciding(name, active, orders))
        needs[slug] = tuple(dict.fromkeys(name for name in found if name in rules))
    return needs


def order_segments(rules: Mapping[str, Condition], groups: Iterable[GroupOrder]) -> tuple[str, ...]:
    """Dependencies first, else as written. Raises CircleError."""
    needs = dependencies(rules, groups)
    done: dict[str, None] = {}
    for slug in rules:
        _visit(slug, needs, done)
    return tuple(done)


def _visit(start: str, needs: Mapping[str, tuple[str, ...]], done: dict[str, None]) -> None:
    """Depth first without recursion: chains of a thousand segments are fine."""
    path: dict[str, list[str]] = {start: list(needs[start])} if start not in done else {}
    while path:
        slug, waiting = next(reversed(path.items()))
        if not waiting:
            done[slug] = None
            del path[slug]
            continue
        needed = waiting.pop(0)
        if needed in path:
            open_slugs = list(path)
            raise CircleError((*open_slugs[open_slugs.index(needed) :], needed))
        if needed not in done:
            path[needed] = list(needs[needed])
