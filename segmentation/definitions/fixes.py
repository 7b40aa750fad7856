"""Mending what is mechanical: near names, and what is written longer than it need be. Nothing is written that changes what a valid rule means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from segmentation.definitions.documents import Project
from segmentation.definitions.files import SUFFIXES
from segmentation.definitions.load import load_project
from segmentation.definitions.segments import rule_set
from segmentation.definitions.text_edits import apply, edit_of
from segmentation.issues import Issue, UserError
from segmentation.rules.fingerprint import fingerprint_rules
from segmentation.settings import Settings

ROUNDS = 20
"""What one change lays bare the next round mends; more than this many layers are left."""


@dataclass(frozen=True)
class Mended:
    """A file with its text before and after."""

    file: Path
    before: str
    after: str

    def diff(self) -> str:
        lines = difflib.unified_diff(self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), str(self.file), str(self.file))
        return "".join(lines)


def find_fixes(conf: Path, settings: Settings) -> list[Mended]:
    """Files that would be other texts; worked out on a copy, and nothing where the copy does not mean the same or has other mistakes."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "conf"
        originals = _copied(conf, copy)
        before = _look(copy, settings)
        found = before
        for _ in range(ROUNDS):
            if not _mend(found.issues):
                break
            found = _look(copy, settings)
        if not found.is_fit_after(before):
            return []
        after = {file: _read(copy / file.relative_to(conf)) for file in originals}
    return [Mended(file, text, after[file]) for file, text in originals.items() if after[file] != text]


def _read(file: Path) -> str:
    """As it is: a mark of byte order and the ends of lines stay."""
    return file.read_bytes().decode("utf-8")


def write_fixes(mended: Iterable[Mended]) -> None:
    for each in mended:
        each.file.write_bytes(each.after.encode("utf-8"))


def _copied(conf: Path, copy: Path) -> dict[Path, str]:
    """The YAML files that are UTF-8, with their texts."""
    texts = {}
    for file in sorted(each for each in conf.rglob("*") if each.suffix in SUFFIXES and each.is_file()):
        place = copy / file.relative_to(conf)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
        try:
            texts[file] = _read(file)
        except UnicodeDecodeError:
            continue
    copy.mkdir(exist_ok=True)
    return texts


# ---------------------------------------------------------------- one round
@dataclass(frozen=True)
class _Looked:
    """What a configuration means, None where it is refused, and what is said of it."""

    project: Project | None
    issues: tuple[Issue, ...]

    def is_fit_after(self, before: _Looked) -> bool:
        """The same meaning where there was one, and no more mistakes."""
        if before.project is not None:
            return self.project is not None and _meaning(self.project) == _meaning(before.project)
        return self.project is not None or len(self.issues) <= len(before.issues)


def _meaning(project: Project) -> tuple[str, object]:
    return fingerprint_rules(rule_set(project)), {name: replace(trait, document={}).value for name, trait in project.traits.items()}


def _look(conf: Path, settings: Settings) -> _Looked:
    try:
        project = load_project(conf, settings)
    except UserError as error:
        return _Looked(None, error.issues)
    return _Looked(project, project.warnings)


def _mend(issues: Iterable[Issue]) -> bool:
    """Apply what can be applied at once; whether anything was."""
    by_file: dict[str, list[Issue]] = {}
    for issue in issues:
        if issue.where.file and issue.where.line:
            by_file.setdefault(issue.where.file, []).append(issue)
    changed = False
    for file, found in by_file.items():
        text = _read(Path(file))
        marked = text.removeprefix("\ufeff")
        edits = [edit for issue in found if (edit := edit_of(issue, marked)) is not None]
        after = text.removesuffix(marked) + apply(marked, edits) if edits else text
        if after != text:
            Path(file).write_bytes(after.encode("utf-8"))
            changed = True
    return changed
