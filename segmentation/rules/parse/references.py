"""Leaves that ask about another segment: its rule, or with `status: active` its status."""

from __future__ import annotations

from segmentation.issues import suggest
from segmentation.rules.given import Given, in_words
from segmentation.rules.model import Condition, Entered, InSegment, InSegmentFor
from segmentation.rules.parse.instants import read_duration
from segmentation.rules.parse.scope import Scope, text_of


def read_in_segment(scope: Scope, given: Given) -> Condition:
    slug, active = _reference(scope, given, "in_segment")
    if "for" in given.entries:
        return InSegmentFor(slug, read_duration(scope, given.entries["for"]), active)
    return InSegment(slug, active)


def read_not_in_segment(scope: Scope, given: Given) -> Condition:
    slug, active = _reference(scope, given, "not_in_segment")
    return InSegment(slug, active, negated=True)


def read_entered(scope: Scope, given: Given) -> Condition:
    slug, active = _reference(scope, given, "entered")
    if "within" not in given.entries:
        raise scope.refuse(given, "'entered' needs 'within'", "Such as within: 7 days.")
    return Entered(slug, read_duration(scope, given.entries["within"]), active)


def _reference(scope: Scope, given: Given, key: str) -> tuple[str, bool]:
    entry, status = given.entries[key], given.get("status")
    slug = text_of(scope, entry, "the slug of a segment")
    if status is not None and status.value != "active":
        raise scope.refuse(status, f"expected status: active, found {in_words(status)}", suggest(str(status.value), ["active"]))
    read_slug(scope, entry, slug, active=status is not None)
    return slug, status is not None


def read_slug(scope: Scope, entry: Given, slug: str, *, active: bool) -> None:
    """Refuses a slug that names no segment, and a default where a rule is asked for."""
    if slug in scope.names.segments:
        return
    if slug not in scope.names.defaults:
        raise scope.refuse(entry, f"unknown segment '{slug}'", suggest(slug, [*scope.names.segments, *scope.names.defaults]))
    if not active:
        raise scope.refuse(entry, f"'{slug}' is the default of group '{scope.names.defaults[slug]}' and has no rule", "Add status: active.")
