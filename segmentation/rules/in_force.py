"""A state of the definitions with the instant it holds from: a sweep is cut where the next one begins."""

from __future__ import annotations

from collections.abc import Mapping
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
