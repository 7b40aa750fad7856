"""A state of the definitions with the instant it holds from: a sweep is cut where the next one begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentation.rules.model import RuleSet
from segmentation.rules.values import Micros


@dataclass(frozen=True)
class InForce:
    """What decides every `at` from `effective_from` (None: since ever) until the next state begins.

    versions: slug of each segment, default segments too -> version of its document. fingerprint: of the whole lowered rule set.
    """

    effective_from: Micros | None
    rule_set: RuleSet
    versions: Mapping[str, int]
    fingerprint: str


def in_force_at(states: Sequence[InForce], at: Micros) -> InForce | None:
    """The last state that has begun by an instant; None before the first."""
    begun = [state for state in states if state.effective_from is None or state.effective_from <= at]
    return begun[-1] if begun else None
