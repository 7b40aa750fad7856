"""A short, stable name for what a rule means: the hash of its lowered form, traits and all."""

from __future__ import annotations

import hashlib

from segmentation.rules.canonical import canonical_text
from segmentation.rules.model import Condition, RuleSet
from segmentation.rules.normalize import normalize, normalize_rules


def fingerprint(condition: Condition) -> str:
    """16 hex digits; equal for rules that are equal once normalized, whatever their traits are called."""
    return digest(canonical_text(normalize(condition)))


def fingerprint_rules(rules: RuleSet) -> str:
    """Of all segments and groups together."""
    return digest(canonical_text(normalize_rules(rules)))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
