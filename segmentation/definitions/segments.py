"""conf/segments: segments and groups as written -> checked documents, and the rule set of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from segmentation.definitions.documents import Group, Project, Segment
from segmentation.definitions.inline_facts import Place, read_tests
from segmentation.definitions.property_types import check_name
from segmentation.definitions.shapes import GroupShape, SegmentShape
from segmentation.issues import suggest
from segmentation.rules.dependencies import CircleError, order_segments, references
from segmentation.rules.given import Given
from segmentation.rules.model import GroupOrder, RuleSet, SegmentRule
from segmentation.rules.parse.conditions import read_condition
from segmentation.rules.parse.instants import read_instant
from segmentation.rules.parse.leaves import read_share
from segmentation.rules.parse.references import read_slug
from segmentation.rules.parse.scope import RefusedError, Scope, read_zone
from segmentation.rules.parse.segment_rules import whole_rule

TEXTS = ("name", "description", "owner", "purpose", "goal", "kpi", "when_stale")


def read_segment(scope: Scope, slug: str, given: Given, shape: SegmentShape, known: Mapping[str, Place]) -> Segment:
    """Everything about a segment but whether its references go in a circle."""
    check_name(scope, given, slug, "a segment")
    scope = replace(scope, slug=slug, zone=_attempt_zone(scope, given))
    entries = given.entries
    if shape.parent is not None:
        _note(lambda: read_slug(scope, entries["parent"], shape.parent or "", active=False))
    starts, expires = _instant(scope, given.get("starts_at")), _instant(scope, given.get("expires_at"))
    if starts is not None and expires is not None and starts >= expires:
        scope.note(entries["expires_at"], "'expires_at' is not after 'starts_at': nobody would ever be in")
    return Segment(
        slug=slug,
        rule=read_condition(scope, entries["rule"]),
        labels=tuple(shape.labels),
        parent=shape.parent,
        time_zone=scope.zone,
        starts_at=starts,
        expires_at=expires,
        rollout=_note(lambda: read_share(scope, entries["rollout"])) if "rollout" in entries else None,
        archived=shape.archived,
        tests=read_tests(scope, given.get("tests"), shape.tests, known),
        document={**given.plain(), "time_zone": scope.zone},
        where=given.key or given.where,
        rule_where=entries["rule"].where,
        **{key: getattr(shape, key) for key in TEXTS},
    )


def _note(read: Any) -> Any:
    try:
        return read()
    except RefusedError:
        return None


def _attempt_zone(scope: Scope, given: Given) -> str:
    entry = given.get("time_zone")
    zone = _note(lambda: read_zone(scope, entry, customer=True)) if entry else None
    return zone or scope.zone


def _instant(scope: Scope, entry: Given | None) -> int | None:
    return _note(lambda: read_instant(scope, entry, scope.zone)) if entry else None


def read_group(name: str, given: Given, shape: GroupShape) -> Group:
    return Group(name, tuple(shape.order), shape.default, shape.description, given.plain(), given.key or given.where)


def check_groups(scope: Scope, groups: Mapping[str, Group], places: Mapping[str, Given]) -> None:
    """Members exist and are in one order each; a default is a slug of its own."""
    member_of: dict[str, str] = {}
    default_of: dict[str, str] = {}
    for group in groups.values():
        check_name(scope, places[group.name], group.name, "a group")
        for slug, entry in zip(group.order, places[group.name].entries["order"].items, strict=True):
            _check_member(scope, group, slug, entry, member_of)
        if group.default is not None:
            _check_default(scope, group, places[group.name].entries["default"], default_of)


def _check_member(scope: Scope, group: Group, slug: str, entry: Given, member_of: dict[str, str]) -> None:
    if slug not in scope.names.segments:
        scope.note(entry, f"unknown segment '{slug}'", suggest(slug, scope.names.segments))
    elif slug in member_of:
        again = "twice in this order" if member_of[slug] == group.name else f"in the order of '{member_of[slug]}' already"
        scope.note(entry, f"'{slug}' is {again}: a segment has one place in one order")
    member_of.setdefault(slug, group.name)


def _check_default(scope: Scope, group: Group, entry: Given, default_of: dict[str, str]) -> None:
    slug = group.default or ""
    check_name(scope, entry, slug, "a default")
    if slug in scope.names.segments:
        scope.note(entry, f"the default '{slug}' is a segment too: a default is a slug of its own, without a rule")
    if slug in default_of:
        scope.note(entry, f"'{slug}' is the default of '{default_of[slug]}' already")
    default_of.setdefault(slug, group.name)


# ---------------------------------------------------------------- the rule set
def segment_rule(segment: Segment) -> SegmentRule:
    """The whole rule: `rule` inside its parent, its life-time and its roll-out; false where archived."""
    return whole_rule(
        segment.slug,
        segment.rule,
        parent=segment.parent,
        starts_at=segment.starts_at,
        expires_at=segment.expires_at,
        rollout=segment.rollout,
        archived=segment.archived,
    )


def group_orders(groups: Mapping[str, Group]) -> tuple[GroupOrder, ...]:
    return tuple(GroupOrder(group.name, group.order, group.default) for group in groups.values())


def rule_set(project: Project) -> RuleSet:
    """The rules as written (not normalized), dependencies first, else in order of declaration."""
    rules = {slug: segment_rule(segment) for slug, segment in project.segments.items()}
    groups = group_orders(project.groups)
    order = order_segments({slug: rule.rule for slug, rule in rules.items()}, groups)
    return RuleSet(tuple(rules[slug] for slug in order), groups)


def refuse_circle(scope: Scope, segments: Mapping[str, Segment], groups: Mapping[str, Group]) -> None:
    rules = {slug: segment_rule(segment).rule for slug, segment in segments.items()}
    try:
        order_segments(rules, group_orders(groups))
    except CircleError as circle:
        chain = " -> ".join(circle.slugs)
        hint = "The status of a group's member depends on all members above it." if _asks_status(circle, rules) else ""
        scope.note(segments[circle.slugs[0]].where, f"segments refer to each other in a circle: {chain}", hint)


def _asks_status(circle: CircleError, rules: Mapping[str, Any]) -> bool:
    return any(active for slug in circle.slugs for _, active in references(rules[slug]))
