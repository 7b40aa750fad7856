"""What applying a tree changes in the `definitions` table. Pure: rows in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segmentation.definitions.documents import Project
from segmentation.definitions.segments import group_orders, segment_rule
from segmentation.definitions.stored import DefinitionRow, DocumentKind, from_json, to_json
from segmentation.issues import Issue, UserError, Where
from segmentation.rules.canonical import canonical_text
from segmentation.rules.dependencies import dependencies
from segmentation.rules.fingerprint import digest, fingerprint
from segmentation.rules.values import Micros

Key = tuple[DocumentKind, str]


@dataclass(frozen=True)
class Changes:
    """`rows` to append. `changed`: slugs whose answers may differ from now on: segments with another meaning, their groups, and what refers
    to them. `archived`: slugs of segments that went from the tree."""

    rows: tuple[DefinitionRow, ...]
    changed: tuple[str, ...] = ()
    archived: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True)
class _Written:
    """A document of the tree: its text, and the fingerprint of what it means."""

    kind: DocumentKind
    name: str
    document: str
    fingerprint: str
    where: Where


def plan_changes(rows: Iterable[DefinitionRow], project: Project, effective_from: Micros | None) -> Changes:
    """The versions that make the table say what the tree says. The first documents of an empty table hold since ever.

    A document gone from the tree gets an archived version; a former document that comes back is a new version. Raises UserError where a
    slug would be given to another.
    """
    latest = latest_rows(rows)
    written = {(each.kind, each.name): each for each in _written(project)}
    _refuse_reuse(rows := tuple(rows), latest, project)
    since = effective_from if latest else None
    appended = [
        DefinitionRow(each.kind, each.name, _next(latest.get(key)), each.fingerprint, each.document, is_archived=False, effective_from=since)
        for key, each in written.items()
        if _differs(latest.get(key), each)
    ]
    gone = [row for key, row in latest.items() if key not in written and not row.is_archived]
    appended += [row._replace(version=row.version + 1, is_archived=True, effective_from=since) for row in gone]
    archived = tuple(row.name for row in gone if row.kind == "segment")
    return Changes(tuple(appended), _affected(appended, latest, project, archived), archived)


def latest_rows(rows: Iterable[DefinitionRow]) -> dict[Key, DefinitionRow]:
    """The newest version of each document, in one order whichever way the rows came."""
    found: dict[Key, DefinitionRow] = {}
    for row in sorted(rows, key=lambda row: (row.version, row.kind, row.name)):
        found[row.kind, row.name] = row
    return found


def _next(row: DefinitionRow | None) -> int:
    return row.version + 1 if row else 1


def _differs(row: DefinitionRow | None, written: _Written) -> bool:
    """A segment whose trait changed has another fingerprint, and so a version of its own, though its document is the same."""
    return row is None or row.is_archived or (row.document, row.fingerprint) != (written.document, written.fingerprint)


def _written(project: Project) -> Iterable[_Written]:
    for trait in project.traits.values():
        yield _Written("trait", trait.name, to_json(trait.document), digest(canonical_text(trait.value)), trait.where)
    for segment in project.segments.values():
        document = {key: value for key, value in segment.document.items() if key != "tests"}
        yield _Written("segment", segment.slug, to_json(document), fingerprint(segment_rule(segment).rule), segment.where)
    for group in project.groups.values():
        meaning = digest(canonical_text((group.order, group.default)))
        yield _Written("group", group.name, to_json(group.document), meaning, group.where)


# ---------------------------------------------------------------- what else is touched
def _affected(appended: Iterable[DefinitionRow], latest: Mapping[Key, DefinitionRow], project: Project, archived: tuple[str, ...]) -> tuple[str, ...]:
    """Segments with another meaning, everybody in the groups of these and of changed groups, and all that refer to one of them."""
    other = [row for row in appended if _means_other(row, latest.get((row.kind, row.name)))]
    touched = {row.name for row in other if row.kind == "segment"}
    groups = {row.name for row in other if row.kind == "group"}
    for group in project.groups.values():
        if group.name in groups or touched & set(group.order):
            touched |= {*group.order, *([group.default] if group.default else [])}
    rules = {slug: segment_rule(segment).rule for slug, segment in project.segments.items()}
    needs = dependencies(rules, group_orders(project.groups))
    while more := {slug for slug, needed in needs.items() if slug not in touched and touched & set(needed)}:
        touched |= more
    known = [*project.segments, *(group.default for group in project.groups.values() if group.default), *archived]
    return tuple(slug for slug in dict.fromkeys(known) if slug in touched)


def _means_other(row: DefinitionRow, before: DefinitionRow | None) -> bool:
    return before is None or before.is_archived != row.is_archived or before.fingerprint != row.fingerprint


# ---------------------------------------------------------------- slugs are for ever
def _refuse_reuse(rows: tuple[DefinitionRow, ...], latest: Mapping[Key, DefinitionRow], project: Project) -> None:
    """A segment's slug is never a default's nor the other way round, and never another segment's (one of another name)."""
    segments = {row.name for row in rows if row.kind == "segment"}
    defaults = {slug for row in rows if row.kind == "group" and (slug := default_of(row))}
    issues = [
        Issue(segment.where, f"'{segment.slug}' was the default of a group: a slug is never given to another", "Choose another slug.", "SEG010")
        for segment in project.segments.values()
        if segment.slug in defaults
    ]
    issues += [
        Issue(group.where, f"the default '{group.default}' was a segment: a slug is never given to another", "Choose another slug.", "SEG010")
        for group in project.groups.values()
        if group.default in segments
    ]
    for segment in project.segments.values():
        before = latest.get(("segment", segment.slug))
        if before is not None and before.is_archived and name_of(before) != segment.name:
            problem = f"'{segment.slug}' named another segment before ('{name_of(before)}'): a slug is never given to another"
            issues.append(Issue(segment.where, problem, "Choose another slug, or give it its former name.", "SEG010"))
    if issues:
        raise UserError(*issues)


def default_of(row: DefinitionRow) -> str | None:
    entry = from_json(row).get("default")
    return str(entry.value) if entry and entry.value else None


def name_of(row: DefinitionRow) -> str:
    entry = from_json(row).get("name")
    return str(entry.value) if entry else ""
