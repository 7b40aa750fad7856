"""Conditions about other segments: now, for a time, or entered lately; the flips are worked out from facts, never read back."""

from __future__ import annotations

from segmentation.rules import model as m
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.evaluation import Truth, answers
from segmentation.rules.interpret.flips import flips
from segmentation.rules.interpret.statuses import is_in


@answers(m.InSegment)
def _in_segment(node: m.InSegment, point: Point) -> Truth:
    return is_in(node.slug, node.active, point) != node.negated


@answers(m.InSegmentFor)
def _in_segment_for(node: m.InSegmentFor, point: Point) -> Truth:
    """Inside at the start of [at - duration, at], and no flip since: a flip would have to lead out."""
    start = point.at - node.duration
    if not (is_in(node.slug, node.active, point) and is_in(node.slug, node.active, point.customer.at(start))):
        return False
    return not any(start < flip.instant <= point.at for flip in flips(point.customer, node.slug, node.active, start, point.at))


@answers(m.Entered)
def _entered(node: m.Entered, point: Point) -> Truth:
    start = point.at - node.within
    found = flips(point.customer, node.slug, node.active, start, point.at)
    return any(flip.is_in and start < flip.instant <= point.at for flip in found)
