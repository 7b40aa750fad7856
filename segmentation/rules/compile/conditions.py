"""Conditions as SQL: leaves are columns of their own, logic is SQL's own three-valued logic, segments refer to each other's columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from segmentation.rules import model as m
from segmentation.rules.compile.leaves import leaf_sql
from segmentation.rules.compile.registry import Breakpoint, Registry, Shift
from segmentation.rules.compile.sql import literal


class Names(Protocol):
    """How columns of other segments are called, when they flip, and how far back they look themselves."""

    def rule(self, slug: str) -> str: ...
    def active(self, slug: str) -> str: ...
    def entered_at(self, slug: str, active: bool) -> str: ...
    def flips(self, slug: str, active: bool) -> frozenset[Breakpoint]: ...
    def lookback(self, slug: str, active: bool) -> int: ...


@dataclass
class Scope:
    """What a condition needs to be compiled: the shared registry, the names, and what is known of segments compiled before."""

    registry: Registry
    names: Names
    boundaries: tuple[int, ...]
    lookback: int = 0
    references: set[str] = field(default_factory=set)

    def refer(self, slug: str, active: bool) -> frozenset[Breakpoint]:
        """The other segment's flips are flips of this one too."""
        flips = self.names.flips(slug, active)
        self.registry.breaks(*flips)
        self.references.add(slug)
        self.lookback = max(self.lookback, self.names.lookback(slug, active))
        return flips

    def remember(self, slug: str, active: bool, duration: int) -> str:
        """The instant of the other segment's last entry; its flips come back `duration` later, and so do first instants and new definitions."""
        flips = self.refer(slug, active)
        self.registry.breaks(*(flip.then(duration) for flip in flips), Breakpoint(None, "exist", (Shift(duration),)))
        self.registry.breaks(*(Breakpoint(None, f"at:{boundary + duration}") for boundary in self.boundaries))
        self.lookback = max(self.lookback, duration + self.names.lookback(slug, active))
        return self.names.entered_at(slug, active)


def condition_sql(scope: Scope, condition: m.Condition) -> str:
    """Boolean SQL of a condition; null is unknown."""
    compiled = CONDITIONS.get(type(condition))
    return compiled(scope, condition) if compiled else leaf_sql(scope.registry, condition)  # type: ignore[arg-type]


def _joined(scope: Scope, word: str, children: Iterable[m.Condition], empty: str) -> str:
    texts = [condition_sql(scope, child) for child in children]
    return "(" + f" {word} ".join(texts) + ")" if texts else empty


def _tree(scope: Scope, node: m.Tree) -> str:
    branches = " ".join(f"when {condition_sql(scope, when)} then {condition_sql(scope, then)}" for when, then in node.branches)
    return f"case {branches} else {condition_sql(scope, node.otherwise)} end" if branches else condition_sql(scope, node.otherwise)


def _in_segment(scope: Scope, node: m.InSegment) -> str:
    scope.refer(node.slug, node.active)
    column = scope.names.active(node.slug) if node.active else scope.names.rule(node.slug)
    return f"(not {column})" if node.negated else column


def _in_segment_for(scope: Scope, node: m.InSegmentFor) -> str:
    entered = scope.remember(node.slug, node.active, node.duration)
    column = scope.names.active(node.slug) if node.active else scope.names.rule(node.slug)
    return f"({column} and coalesce({entered} <= at - {node.duration}L, false))"


def _entered(scope: Scope, node: m.Entered) -> str:
    return f"coalesce({scope.remember(node.slug, node.active, node.within)} > at - {node.within}L, false)"


CONDITIONS: dict[type, Callable[[Scope, Any], str]] = {
    m.All: lambda scope, node: _joined(scope, "and", node.children, "true"),
    m.AnyOf: lambda scope, node: _joined(scope, "or", node.children, "false"),
    m.NoneOf: lambda scope, node: f"(not {_joined(scope, 'or', node.children, 'false')})",
    m.Not: lambda scope, node: f"(not {condition_sql(scope, node.child)})",
    m.IfMissing: lambda scope, node: f"coalesce({condition_sql(scope, node.child)}, {literal(node.answer)})",
    m.Tree: _tree,
    m.InSegment: _in_segment,
    m.InSegmentFor: _in_segment_for,
    m.Entered: _entered,
}
