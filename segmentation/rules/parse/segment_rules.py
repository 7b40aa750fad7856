"""A segment's whole rule: parent, life-time, roll-out and archive are part of it."""

from __future__ import annotations

from decimal import Decimal

from segmentation.rules.model import All, Condition, Constant, InSegment, Lifetime, SegmentRule
from segmentation.rules.parse.leaves import sample
from segmentation.rules.values import Micros


def whole_rule(
    slug: str,
    rule: Condition,
    *,
    parent: str | None = None,
    starts_at: Micros | None = None,
    expires_at: Micros | None = None,
    rollout: Decimal | None = None,
    archived: bool = False,
) -> SegmentRule:
    """The rule that decides membership: an archived one is false, a child's holds only inside its parent's."""
    if archived:
        return SegmentRule(slug, Constant(answer=False))
    parts: list[Condition] = []
    if parent is not None:
        parts.append(InSegment(parent))
    if starts_at is not None or expires_at is not None:
        parts.append(Lifetime(starts_at, expires_at))
    if rollout is not None:
        parts.append(sample(rollout, slug))
    return SegmentRule(slug, All((*parts, rule)) if parts else rule)
