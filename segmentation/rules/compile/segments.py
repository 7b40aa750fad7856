"""Segments of all sets of definitions as boolean columns, priority windows as winners, and the state of a point as an array of codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.issues import EngineError
from segmentation.rules import model as m
from segmentation.rules.compile.conditions import Scope, condition_sql
from segmentation.rules.compile.registry import Breakpoint, Registry
from segmentation.rules.in_force import InForce

HISTORY = "over (partition by customer_key, customer_id order by at)"
CHUNK = 40
"""Codes in one array: small methods are compiled by the JIT, one array of hundreds of branches never is."""


@dataclass
class Compiled:
    """Columns by name; `names` gives segments their numbers."""

    names: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    definitions: tuple[tuple[int | None, tuple[str | None, ...]], ...] = ()
    breakpoints: set[Breakpoint] = field(default_factory=set)
    lookback: int = 0
    breaks_of: dict[str, frozenset[Breakpoint]] = field(default_factory=dict)
    lookback_of: dict[str, int] = field(default_factory=dict)
    """By slug, over the sets compiled so far: what `entered` and `for` remember may have happened under an earlier definition."""


def compile_segments(registry: Registry, in_force: tuple[InForce, ...]) -> Compiled:
    """Columns for every set, and `state`, which picks the set in force at the point."""
    names = tuple(dict.fromkeys(name for each in in_force for name in _names(each.rule_set)))
    compiled = Compiled(names=names)
    sets = _Sets(in_force, {name: number for number, name in enumerate(names)})
    boundaries = tuple(each.effective_from for each in in_force if each.effective_from is not None)
    for index, each in enumerate(in_force):
        _OneSet(index, each.rule_set, sets, compiled).compile(registry, boundaries)
    compiled.columns["state"] = sets.pick([_state(compiled, index, each.rule_set, sets) for index, each in enumerate(in_force)])
    compiled.breakpoints |= {Breakpoint(None, f"at:{boundary}") for boundary in boundaries}
    compiled.definitions = _definitions(in_force, names)
    registry.collecting[-1].update(compiled.breakpoints)
    return compiled


def _names(rule_set: m.RuleSet) -> Iterable[str]:
    yield from (segment.slug for segment in rule_set.segments)
    yield from (group.default for group in rule_set.groups if group.default)


def _definitions(in_force: tuple[InForce, ...], names: tuple[str, ...]) -> tuple[tuple[int | None, tuple[str | None, ...]], ...]:
    """slug@version by set; of a segment that a set lacks, the last there was: it is what people leave."""
    known: dict[str, int] = {}
    found = []
    for each in in_force:
        known.update(each.versions)
        found.append((each.effective_from, tuple(f"{name}@{known.get(name, 0)}" for name in names)))
    return tuple(found)


@dataclass(frozen=True)
class _Sets:
    in_force: tuple[InForce, ...]
    numbers: dict[str, int]

    def pick(self, texts: list[str]) -> str:
        """The text of the set in force at `at`."""
        if len(set(texts)) == 1:
            return texts[0]
        later = zip(self.in_force[1:], texts[1:], strict=True)
        branches = " ".join(f"when at >= {each.effective_from}L then {text}" for each, text in reversed(list(later)))
        return f"case {branches} else {texts[0]} end"


@dataclass
class _OneSet:
    """The columns of one set of definitions; also the `Names` of its conditions."""

    index: int
    rule_set: m.RuleSet
    sets: _Sets
    compiled: Compiled

    def compile(self, registry: Registry, boundaries: tuple[int, ...]) -> None:
        for segment in self.rule_set.segments:
            scope = Scope(registry, self, boundaries)
            registry.collecting.append(set())
            text = condition_sql(scope, segment.rule)
            self.compiled.columns[self.rule(segment.slug)] = f"coalesce({text}, false)"
            self._remember(segment.slug, registry.collecting.pop(), scope.lookback)
        for group in self.rule_set.groups:
            self.compiled.columns[self.winner(group)] = self._winner(group)

    def _remember(self, slug: str, found: set[Breakpoint], lookback: int) -> None:
        known = self.compiled.breaks_of
        known[slug] = known.get(slug, frozenset()) | found
        self.compiled.lookback_of[slug] = max(self.compiled.lookback_of.get(slug, 0), lookback)
        self.compiled.breakpoints |= found
        self.compiled.lookback = max(self.compiled.lookback, lookback)

    def _concerned(self, slug: str, active: bool) -> tuple[str, ...]:
        """The segments whose rules decide it in any set up to this one: a status depends on its whole group, a default's too."""
        earlier = (each.rule_set for each in self.sets.in_force[: self.index + 1])
        groups = (group for rule_set in earlier for group in rule_set.groups if active and slug in (*group.order, group.default))
        return tuple(dict.fromkeys((slug, *(member for group in groups for member in group.order))))

    def flips(self, slug: str, active: bool) -> frozenset[Breakpoint]:
        return frozenset().union(*(self.compiled.breaks_of.get(each, frozenset()) for each in self._concerned(slug, active)))

    def lookback(self, slug: str, active: bool) -> int:
        return max((self.compiled.lookback_of.get(each, 0) for each in self._concerned(slug, active)), default=0)

    def _group(self, slug: str) -> m.GroupOrder | None:
        return next((group for group in self.rule_set.groups if slug in group.order), None)

    def _above(self, slug: str) -> tuple[str, ...]:
        group = self._group(slug)
        return group.order[: group.order.index(slug)] if group else ()

    def rule(self, slug: str) -> str:
        if slug not in self.sets.numbers:
            raise EngineError(f"segment '{slug}' is referred to but not among the definitions in force")
        return f"q{self.index}_{self.sets.numbers[slug]}"

    def winner(self, group: m.GroupOrder) -> str:
        return f"w{self.index}_{self.rule_set.groups.index(group)}"

    def _winner(self, group: m.GroupOrder) -> str:
        """The number of the first whose rule holds, or -1."""
        known = [slug for slug in group.order if any(each.slug == slug for each in self.rule_set.segments)]
        branches = " ".join(f"when {self.rule(slug)} then {self.sets.numbers[slug]}" for slug in known)
        return f"case {branches} else -1 end" if branches else "-1"

    def active(self, slug: str) -> str:
        """Status active: own rule true and no rule above; a default where nobody wins."""
        column = f"x{self.index}_{self.sets.numbers[slug]}"
        if column not in self.compiled.columns:
            default_of = next((group for group in self.rule_set.groups if group.default == slug), None)
            others = default_of.order if default_of else self._above(slug)
            terms = [f"not {self.rule(other)}" for other in others]
            own = [] if default_of else [self.rule(slug)]
            self.compiled.columns[column] = "(" + (" and ".join([*own, *terms]) or "true") + ")"
        return column

    def entered_at(self, slug: str, active: bool) -> str:
        """The latest instant at which the other segment's rule (status) turned true, across definitions."""
        number, kind = self.sets.numbers[slug], "a" if active else "r"
        now, before, entered = f"Q{number}_{kind}", f"l{number}_{kind}", f"h{number}_{kind}"
        self.compiled.columns[now] = self._across(slug, active)
        self.compiled.columns[before] = f"lag({now}) {HISTORY}"
        self.compiled.columns[entered] = f"max(if({now} and not coalesce({before}, false), at, null)) {HISTORY}"
        return entered

    def _across(self, slug: str, active: bool) -> str:
        """The column of each set in force; a set that lacks the segment has nobody in it."""
        texts = []
        for index, each in enumerate(self.sets.in_force):
            other = _OneSet(index, each.rule_set, self.sets, self.compiled)
            has = any(segment.slug == slug for segment in each.rule_set.segments) or (active and slug in _names(each.rule_set))
            texts.append((other.active(slug) if active else other.rule(slug)) if has else "false")
        return self.sets.pick(texts)


def _state(compiled: Compiled, index: int, rule_set: m.RuleSet, sets: _Sets) -> str:
    """Active and outranked segments as codes."""
    group_of = {slug: f"w{index}_{number}" for number, group in enumerate(rule_set.groups) for slug in group.order}
    codes = [_code(f"q{index}_{sets.numbers[each.slug]}", sets.numbers[each.slug], group_of.get(each.slug)) for each in rule_set.segments]
    codes += [
        f"if(w{index}_{number} = -1, {sets.numbers[group.default] << 32}L, null)" for number, group in enumerate(rule_set.groups) if group.default
    ]
    chunks = [codes[start : start + CHUNK] for start in range(0, len(codes), CHUNK)] or [["cast(null as bigint)"]]
    for number, chunk in enumerate(chunks):
        compiled.columns[f"g{index}_{number}"] = f"array_compact(array({', '.join(chunk)}))"
    return "concat(" + ", ".join(f"g{index}_{number}" for number in range(len(chunks))) + ")"


def _code(holds: str, number: int, winner: str | None) -> str:
    base = number << 32
    if winner is None:
        return f"if({holds}, {base}L, null)"
    return f"case when not {holds} then null when {winner} = {number} then {base}L else {base + 1}L + {winner} end"
