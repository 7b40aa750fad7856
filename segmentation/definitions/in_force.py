"""The rows of the `definitions` table -> the rule sets that decided, decide and will decide, each with the instant it holds from."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from segmentation.definitions.documents import Group
from segmentation.definitions.form import check_form
from segmentation.definitions.segments import group_orders, read_group, read_segment, segment_rule
from segmentation.definitions.shapes import GroupShape, SegmentShape
from segmentation.definitions.stored import DefinitionRow, from_json
from segmentation.definitions.versions import Key, default_of, latest_rows
from segmentation.issues import UserError
from segmentation.rules.canonical import canonical_text
from segmentation.rules.dependencies import order_segments
from segmentation.rules.fingerprint import digest
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Condition, Constant, GroupOrder, RuleSet, SegmentRule
from segmentation.rules.normalize import normalize
from segmentation.rules.parse.scope import Names, Scope
from segmentation.rules.parse.trait_book import TraitBook
from segmentation.rules.values import Micros
from segmentation.rules.vocabulary import Vocabulary


def in_force(rows: Iterable[DefinitionRow], vocabulary: Vocabulary) -> tuple[InForce, ...]:
    """One state for each distinct effective_from, in order of time: of each document the latest version that holds by then.

    Rules are normalized. A slug that is gone stays in the rule set with a rule that is false, so that its memberships end. Raises
    UserError where a stored document names what the vocabulary no longer has.
    """
    stored, reading = tuple(rows), _Reading(vocabulary)
    starts = sorted({row.effective_from for row in stored}, key=_in_time)
    return tuple(_state([row for row in stored if _in_time(row.effective_from) <= _in_time(start)], start, reading) for start in starts)


def _in_time(instant: Micros | None) -> tuple[bool, Micros]:
    return instant is not None, instant or 0


def _state(rows: list[DefinitionRow], start: Micros | None, reading: _Reading) -> InForce:
    latest = latest_rows(rows)
    rules, groups = reading.read({key: row for key, row in latest.items() if not row.is_archived})
    orders = group_orders(groups)
    order = order_segments(rules, orders)
    retired = _retired(rows, rules, orders)
    live = [SegmentRule(slug, rules[slug]) for slug in order]
    gone = [SegmentRule(slug, Constant(answer=False)) for slug in retired]
    rule_set = RuleSet((*live, *gone), orders)
    versions = retired | {slug: latest["segment", slug].version for slug in order}
    versions |= {group.default: latest["group", group.name].version for group in orders if group.default}
    return InForce(start, rule_set, versions, digest(canonical_text(rule_set)))


@dataclass
class _Reading:
    """Reads stored documents; a segment that stands in several states with the same traits and slugs is read and normalized once."""

    vocabulary: Vocabulary
    _rules: dict[Hashable, Condition] = field(default_factory=dict)

    def read(self, live: Mapping[Key, DefinitionRow]) -> tuple[dict[str, Condition], dict[str, Group]]:
        """Slug -> whole rule, normalized; and the groups."""
        traits = {name: row for (kind, name), row in live.items() if kind == "trait"}
        scope = Scope(self.vocabulary, TraitBook({name: from_json(row) for name, row in traits.items()}), zone=self.vocabulary.default_zone)
        groups = _read_groups(scope, live)
        defaults = {group.default: group.name for group in groups.values() if group.default}
        scope = replace(scope, names=Names(frozenset(name for kind, name in live if kind == "segment"), defaults))
        surroundings = (tuple(traits.values()), scope.names.segments, tuple(defaults.items()))
        rules = {}
        for (kind, name), row in live.items():
            if kind == "segment":
                if (row, surroundings) not in self._rules:
                    self._rules[row, surroundings] = _read_rule(scope, row)
                rules[name] = self._rules[row, surroundings]
        if scope.issues:
            hint = "What stored definitions name must stay declared, for they decide the past."
            raise UserError(*(replace(issue, hint=f"{issue.hint} {hint}".strip()) for issue in scope.issues))
        return rules, groups


def _read_groups(scope: Scope, live: Mapping[Key, DefinitionRow]) -> dict[str, Group]:
    documents = {name: from_json(row) for (kind, name), row in live.items() if kind == "group"}
    shaped = {name: check_form(GroupShape, given, scope.issues) for name, given in documents.items()}
    return {name: read_group(name, documents[name], found[0]) for name, found in shaped.items() if found}


def _read_rule(scope: Scope, row: DefinitionRow) -> Condition:
    given = from_json(row)
    shaped = check_form(SegmentShape, given, scope.issues)
    if shaped is None:
        return Constant(answer=False)
    return normalize(segment_rule(read_segment(scope, row.name, given, shaped[0], {})).rule)


def _retired(rows: list[DefinitionRow], rules: Mapping[str, Condition], orders: tuple[GroupOrder, ...]) -> dict[str, int]:
    """Slugs of segments and defaults that were, and are no more -> the version that ended them."""
    live = {*rules, *(group.default for group in orders)}
    found: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.version):
        slug = row.name if row.kind == "segment" else default_of(row) if row.kind == "group" else None
        if slug and slug not in live:
            found[slug] = row.version
    return found
