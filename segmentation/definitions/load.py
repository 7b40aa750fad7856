"""A configuration folder -> a checked Project, or every mistake in all of its files at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segmentation.definitions.codes import with_code
from segmentation.definitions.documents import EventType, Group, ListDocument, Project, Segment, Source, Table, Trait
from segmentation.definitions.files import read_file, read_sections, yaml_files
from segmentation.definitions.form import S, check_form
from segmentation.definitions.inline_facts import Place, places
from segmentation.definitions.lint import lint
from segmentation.definitions.plain_forms import plain_forms
from segmentation.definitions.property_types import check_name
from segmentation.definitions.row_mappings import check_rows, read_source
from segmentation.definitions.segments import check_groups, read_group, read_segment, refuse_circle
from segmentation.definitions.shapes import EventShape, GroupShape, ListShape, SegmentShape, SourceShape, TableShape
from segmentation.definitions.tracking_plan import Declared, make_vocabulary, read_event, read_list, read_score, read_table, refuse_two_types
from segmentation.issues import Issue, UserError
from segmentation.rules.given import Given
from segmentation.rules.parse.scope import Names, RefusedError, Scope
from segmentation.rules.parse.trait_book import TraitBook
from segmentation.rules.vocabulary import Vocabulary
from segmentation.settings import Settings


def load_project(conf: Path, settings: Settings) -> Project:
    """Everything under `conf`, checked; warnings stand in the project. Raises UserError with all issues of all files."""
    loading, project = _load(conf, settings)
    return replace(project, warnings=tuple(sorted((*lint(project), *plain_forms(loading.written)))))


def load_checked(conf: Path, settings: Settings) -> Project:
    """The same without the warnings."""
    return _load(conf, settings)[1]


def _load(conf: Path, settings: Settings) -> tuple[_Loading, Project]:
    if not conf.is_dir():
        raise UserError.because(f"there is no configuration folder {conf}", "Give one with --conf.")
    loading = _Loading(conf, settings)
    project = loading.project()
    if loading.issues:
        raise UserError(*map(with_code, dict.fromkeys(loading.issues)))
    return loading, project


@dataclass
class _Loading:
    """What is read so far. Each part is read even when one before it has mistakes."""

    conf: Path
    settings: Settings
    issues: list[Issue] = field(default_factory=list)
    written: list[Given] = field(default_factory=list)
    """Traits and rules as they stand in the files."""

    def project(self) -> Project:
        events, plan = self._events()
        sources = self._sources(events)
        tables, lists, scores = self._tables(), self._lists(), self._scores()
        vocabulary = make_vocabulary(self._scope(Vocabulary()), self.settings, Declared(events, sources, tables, lists, scores))
        refuse_two_types(self._scope(vocabulary), events, plan)
        written = self._sections("traits", "traits")["traits"]
        scope = replace(self._scope(vocabulary), traits=TraitBook(written))
        self.written += written.values()
        traits = self._traits(scope, written)
        segments, groups = self._segments(scope, places(vocabulary, tables, traits.values()))
        return Project(vocabulary, events, sources, tables, lists, traits, segments, groups)

    def _scope(self, vocabulary: Vocabulary) -> Scope:
        return Scope(vocabulary, TraitBook(), zone=self.settings.time_zone, issues=self.issues)

    def _sections(self, name: str, *sections: str, deep: bool = False) -> dict[str, dict[str, Given]]:
        return read_sections(yaml_files(self.conf, name, deep=deep), sections, self.issues)

    def _shaped(self, shape: type[S], entries: dict[str, Given]) -> dict[str, tuple[S, Given]]:
        checked = {name: check_form(shape, entry, self.issues) for name, entry in entries.items()}
        return {name: found for name, found in checked.items() if found is not None}

    def _events(self) -> tuple[dict[str, EventType], dict[str, Given]]:
        shaped = self._shaped(EventShape, self._sections("events", "events")["events"])
        scope = self._scope(Vocabulary())
        return {name: read_event(scope, name, given) for name, (_, given) in shaped.items()}, {name: given for name, (_, given) in shaped.items()}

    def _sources(self, events: dict[str, EventType]) -> dict[str, Source]:
        files = {file.stem: document for file in yaml_files(self.conf, "sources") if (document := read_file(file, self.issues)) is not None}
        scope, found = self._scope(Vocabulary()), {}
        for name, (shape, given) in self._shaped(SourceShape, files).items():
            found[name] = read_source(scope, name, given, shape, self.settings)
            check_rows(scope, found[name], given, events)
        return found

    def _tables(self) -> dict[str, Table]:
        scope = self._scope(Vocabulary())
        shaped = self._shaped(TableShape, self._sections("tables", "tables")["tables"])
        return {name: read_table(scope, name, given, shape) for name, (shape, given) in shaped.items()}

    def _lists(self) -> dict[str, ListDocument]:
        scope = self._scope(Vocabulary())
        shaped = self._shaped(ListShape, self._sections("lists", "lists")["lists"])
        return {name: read_list(scope, name, given, shape) for name, (shape, given) in shaped.items()}

    def _scores(self) -> dict[str, Any]:
        scope = self._scope(Vocabulary())
        read = {name: read_score(scope, name, given) for name, given in self._sections("scores", "scores")["scores"].items()}
        return {name: kind for name, kind in read.items() if kind is not None}

    def _traits(self, scope: Scope, written: dict[str, Given]) -> dict[str, Trait]:
        traits = {}
        for name, given in written.items():
            check_name(scope, given, name, "a trait")
            try:
                value = scope.traits.value(scope, Given(name, given.where, name))
            except RefusedError:
                continue
            description = given.get("description")
            traits[name] = Trait(name, value, given.plain(), str(description.value) if description else "", given.key or given.where)
        return traits

    def _segments(self, scope: Scope, known: dict[str, Place]) -> tuple[dict[str, Segment], dict[str, Group]]:
        found = self._sections("segments", "segments", "groups", deep=True)
        groups = self._shaped(GroupShape, found["groups"])
        defaults = {shape.default: name for name, (shape, _) in groups.items() if shape.default is not None}
        scope = replace(scope, names=Names(frozenset(found["segments"]), defaults))
        shaped = self._shaped(SegmentShape, found["segments"])
        segments = {slug: read_segment(scope, slug, given, shape, known) for slug, (shape, given) in shaped.items()}
        self.written += (given.entries["rule"] for _, given in shaped.values())
        documents = {name: read_group(name, given, shape) for name, (shape, given) in groups.items()}
        before = len(self.issues)
        check_groups(scope, documents, {name: given for name, (_, given) in groups.items()})
        if len(self.issues) == before:
            refuse_circle(scope, segments, documents)
        return segments, documents
