"""The rows of the `definitions` table -> the rule sets that decided, decide and will decide, each with the instant it holds from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from segmentation.definitions.documents import Group, Segment
from segmentation.definitions.form import check_form
from segmentation.definitions.segments import group_orders, read_group, read_segment, segment_rule
from segmentation.definitions.shapes import GroupShape, SegmentShape
from segmentation.definitions.stored import DefinitionRow, from_json
from segmentation.definitions.versions import Key, default_of, latest_rows
from segmentation.issues import UserError
from segmentation.rules.dependencies import order_segments
from segmentation.rules.fingerprint import fingerprint_rules
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Constant, GroupOrder, RuleSet, SegmentRule
from segmentation.rules.normalize import normalize_rules
from segmentation.rules.parse.scope import Names, Scope
from segmentation.rules.parse.trait_book import TraitBook
from segmentation.rules.values import Micros
from segmentation.rules.vocabulary import Vocabulary


def in_force(rows: Iterable[DefinitionRow], vocabulary: Vocabulary) -> tuple[InForce, ...]:
    """One state for each distinct effective_from, in order of time: of each document the latest version that holds by then.

    Rules are normalized. A slug that is gone stays in the rule set with a rule that is false, so that its memberships end. Raises
    UserError where a stored document names what the vocabulary no longer has.
    """
    stored = tuple(rows)
    starts = sorted({row.effective_from for row in stored}, key=_in_time)
    return tuple(_state([row for row in stored if _in_time(row.effective_from) <= _in_time(start)], start, vocabulary) for start in starts)


def _in_time(instant: Micros | None) -> tuple[bool, Micros]:
    return instant is not None, instant or 0


def _state(rows: list[DefinitionRow], start: Micros | None, vocabulary: Vocabulary) -> InForce:
    latest = latest_rows(rows)
    live = {key: row for key, row in latest.items() if not row.is_archived}
    segments, groups = _read(live, vocabulary)
    rules = {slug: segment_rule(segment) for slug, segment in segments.items()}
    orders = group_orders(groups)
    order = order_segments({slug: rule.rule for slug, rule in rules.items()}, orders)
    retired = _retired(rows, rules, orders)
    gone = tuple(SegmentRule(slug, Constant(answer=False)) for slug in retired)
    rule_set = normalize_rules(RuleSet((*(rules[slug] for slug in order), *gone), orders))
    versions = retired | {slug: latest["segment", slug].version for slug in order}
    versions |= {group.default: latest["group", group.name].version for group in orders if group.default}
    return InForce(start, rule_set, versions, fingerprint_rules(rule_set))


def _read(live: Mapping[Key, DefinitionRow], vocabulary: Vocabulary) -> tuple[dict[str, Segment], dict[str, Group]]:
    documents = {key: from_json(row) for key, row in live.items()}
    book = TraitBook({name: given for (kind, name), given in documents.items() if kind == "trait"})
    scope = Scope(vocabulary, book, zone=vocabulary.default_zone)
    groups = {}
    for (kind, name), given in documents.items():
        checked = check_form(GroupShape, given, scope.issues) if kind == "group" else None
        if checked:
            groups[name] = read_group(name, given, checked[0])
    defaults = {group.default: group.name for group in groups.values() if group.default}
    slugs = frozenset(name for kind, name in documents if kind == "segment")
    scope = replace(scope, names=Names(slugs, defaults))
    segments = {}
    for (kind, name), given in documents.items():
        shaped = check_form(SegmentShape, given, scope.issues) if kind == "segment" else None
        if shaped:
            segments[name] = read_segment(scope, name, given, shaped[0], {})
    if scope.issues:
        hint = "What stored definitions name must stay declared, for they decide the past."
        raise UserError(*(replace(issue, hint=f"{issue.hint} {hint}".strip()) for issue in scope.issues))
    return segments, groups


def _retired(rows: list[DefinitionRow], rules: Mapping[str, SegmentRule], orders: tuple[GroupOrder, ...]) -> dict[str, int]:
    """Slugs of segments and defaults that were, and are no more -> the version that ended them."""
    live = {*rules, *(group.default for group in orders)}
    found: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.version):
        slug = row.name if row.kind == "segment" else default_of(row) if row.kind == "group" else None
        if slug and slug not in live:
            found[slug] = row.version
    return found
