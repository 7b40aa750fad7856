"""What a change of definitions can change: the segments whose own definitions differ, and all whose answers hang on theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from segmentation.rules.dependencies import deciding, references
from segmentation.rules.in_force import InForce, in_force_at
from segmentation.rules.model import GroupOrder, RuleSet
from segmentation.rules.values import Micros


@dataclass(frozen=True)
class Redefined:
    """A change of definitions, seen from what was believed under the old ones.

    since: the earliest instant that is decided otherwise. instants: at which other definitions begin now; what happens exactly there may
    be told with another cause, whatever segment it is. changed: the segments whose answers may differ. asked: these and all that deciding
    them takes; closed, so that the rules of `asked` alone give the answers that all rules give.
    """

    since: Micros
    instants: frozenset[Micros]
    changed: frozenset[str]
    asked: frozenset[str]

    def restricted(self, states: Iterable[InForce]) -> tuple[InForce, ...]:
        """The same states, with `asked` alone."""
        return tuple(_restricted(each, self.asked) for each in states)


SINCE_EVER = 0
"""Where definitions without an instant begin, as an instant: no fact lies before 1970."""


def redefinition(before: Sequence[InForce], after: Sequence[InForce], begun: Iterable[Micros] = ()) -> Redefined | None:
    """From the states known before to those known now; None where nothing differs.

    begun: instants at which a state of `after` begins that nobody but those touched by facts has been asked under yet.
    """
    known, now = ({(each.effective_from, each.fingerprint) for each in side} for side in (before, after))
    instants = {SINCE_EVER if instant is None else instant for instant, _ in known ^ now}
    since = min(instants, default=None)
    changed: set[str] = set()
    for instant in sorted({*instants, *_beginnings(before, since), *_beginnings(after, since)}):
        changed |= _differing(_at(before, instant), _at(after, instant))
    for instant in begun:
        instants.add(instant)
        changed |= _differing(_at(after, instant - 1), _at(after, instant))
    if not instants:
        return None
    states = (*before, *after)
    hanging, needed = _edges(states)
    spread = _reach(changed, hanging)
    return Redefined(min(instants), frozenset(instants), frozenset(spread), frozenset(_reach(spread, needed)))


def _beginnings(states: Sequence[InForce], since: Micros | None) -> Iterable[Micros]:
    begins = (SINCE_EVER if each.effective_from is None else each.effective_from for each in states)
    return [] if since is None else [instant for instant in begins if instant >= since]


def _at(states: Sequence[InForce], instant: Micros) -> InForce | None:
    """The state that decides an instant: the first one also what lies before it."""
    return in_force_at(states, instant) or next(iter(states), None)


def _differing(one: InForce | None, other: InForce | None) -> set[str]:
    """Slugs whose rule, version or group is not the same in both. Versions count: the ledger names them."""
    if one is None or other is None:
        return {slug for each in (one, other) if each for slug in each.versions}
    sides = [_signs(each) for each in (one, other)]
    return {slug for slug in {*sides[0], *sides[1]} if sides[0].get(slug) != sides[1].get(slug)}


def _signs(state: InForce) -> dict[str, tuple[object, ...]]:
    rules = {segment.slug: segment.rule for segment in state.rule_set.segments}
    groups = {slug: group for group in state.rule_set.groups for slug in _members(group)}
    return {slug: (rules.get(slug), version, groups.get(slug)) for slug, version in state.versions.items()}


def _members(group: GroupOrder) -> tuple[str, ...]:
    return (*group.order, *([group.default] if group.default else ()))


def _edges(states: Iterable[InForce]) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    """(slug -> who hangs on it, slug -> what it needs) in any state. Members of a group do both to each other: who wins concerns all."""
    hanging: dict[str, set[str]] = defaultdict(set)
    needed: dict[str, set[str]] = defaultdict(set)
    for state in states:
        for group in state.rule_set.groups:
            for slug in _members(group):
                hanging[slug].update(_members(group))
                needed[slug].update(_members(group))
        for segment in state.rule_set.segments:
            for name, active in references(segment.rule):
                for other in (name, *deciding(name, active, state.rule_set.groups)):
                    hanging[other].add(segment.slug)
                    needed[segment.slug].add(other)
    return hanging, needed


def _reach(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    found, waiting = set(start), list(start)
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def _restricted(state: InForce, slugs: frozenset[str]) -> InForce:
    segments = tuple(segment for segment in state.rule_set.segments if segment.slug in slugs)
    groups = tuple(group for group in state.rule_set.groups if slugs.issuperset(_members(group)))
    versions = {slug: version for slug, version in state.versions.items() if slug in slugs}
    return replace(state, rule_set=RuleSet(segments, groups), versions=versions)
