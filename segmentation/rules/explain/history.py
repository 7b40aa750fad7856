"""How far back a rule reads: what would have to be kept for its answers to stay what they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from segmentation.rules import model as m
from segmentation.rules.dependencies import dependencies
from segmentation.rules.explain.words import duration_words, instant_words
from segmentation.rules.traverse import every, selections, values
from segmentation.settings import UNITS

LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
Reach = int | None
"""Microseconds before `at`; None is everything."""


def rules_behind(slug: str, rules: Mapping[str, m.Condition], groups: Iterable[m.GroupOrder]) -> list[m.Condition]:
    """A segment's rule and those it depends on, directly or not."""
    needs = dependencies(rules, groups)
    found, waiting = dict.fromkeys([slug]), [slug]
    while waiting:
        more = [each for each in needs.get(waiting.pop(), ()) if each not in found]
        found.update(dict.fromkeys(more))
        waiting += more
    return [rules[each] for each in found if each in rules]


def history_words(conditions: Iterable[m.Condition], lookback: int) -> tuple[str, ...]:
    """A line a kind of fact; `lookback` comes on top, where answers of the past are worked out anew."""
    reaches: dict[str, Reach] = {}
    others: dict[str, None] = {}
    for node in (node for condition in conditions for node in every(condition)):
        for kind, reach in _facts(node):
            known = reaches.get(kind, 0)
            reaches[kind] = None if reach is None or known is None else max(known, reach + lookback)
        others.update(dict.fromkeys(_others(node)))
    lines = [f"{kind}: {'all' if reach is None else duration_words(reach)}" for kind, reach in sorted(reaches.items())]
    return (*lines, *sorted(others)) or ("nothing but that the customer exists",)


def _facts(node: m.Condition) -> Iterator[tuple[str, Reach]]:
    if isinstance(node, m.Sequence):
        reach = _sequence(node)
        yield from ((step.selection.fact, reach) for step in node.steps)
    else:
        yield from ((selection.fact, _selection(selection)) for selection in selections(node) if not _is_fixed(selection))


def _is_fixed(selection: m.Selection) -> bool:
    """Bounded by an instant of its own, which `_others` says."""
    window = selection.window
    return window.within is None and window.since is not None and window.since.instant is not None


def _selection(selection: m.Selection) -> Reach:
    window, found = selection.window, []
    if window.within is not None:
        found.append(window.within)
    if window.since is not None and window.since.unit is not None:
        found.append(LONGEST[window.since.unit] * UNITS["day"])
    return min(found, default=None)


def _sequence(node: m.Sequence) -> Reach:
    """Bounded where every step but the first is, and the whole."""
    later = [step.within for step in node.steps[1:]]
    if node.within is None or None in later:
        return None
    return node.within + sum(each or 0 for each in later)


def _others(node: m.Condition) -> Iterator[str]:
    for value in values(node):
        if isinstance(value, m.AttributeValue):
            yield f"attribute {value.name}: {_settings(node)}"
        elif isinstance(value, m.ScoreValue):
            yield f"score {value.model}: the latest"
        elif isinstance(value, m.RankValue):
            yield f"rank of {value.of} in {value.bands}: the latest"
    for selection in selections(node):
        if _is_fixed(selection) and selection.window.since is not None:
            yield f"{selection.fact}: since {instant_words(selection.window.since.instant or 0)}"
    if isinstance(node, m.ListedIn):
        yield f"list {node.name}: the entries that have not ended"


def _settings(node: m.Condition) -> str:
    if isinstance(node, m.AttributeFor):
        return f"the settings of {duration_words(node.duration)} and the one before"
    if isinstance(node, m.AttributeChanged):
        return f"the settings of {duration_words(node.within)} and whether one was before"
    return "the latest setting"
