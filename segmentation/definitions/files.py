"""The YAML files of a configuration folder: the named entries of each section, with their places."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from segmentation.definitions.yaml_text import read_yaml
from segmentation.issues import Issue, UserError, Where, suggest
from segmentation.rules.given import Given, in_words

SUFFIXES = (".yaml", ".yml")


def yaml_files(conf: Path, name: str, *, deep: bool = False) -> list[Path]:
    """conf/name.yaml, then conf/name/*.yaml by name; deep: sub-folders too."""
    alone = [file for suffix in SUFFIXES if (file := conf / f"{name}{suffix}").is_file()]
    inside = (conf / name).rglob("*") if deep else (conf / name).glob("*")
    return [*alone, *sorted(file for file in inside if file.suffix in SUFFIXES and file.is_file())]


def read_file(file: Path, issues: list[Issue]) -> Given | None:
    """The document of a file, or None after noting why there is none."""
    try:
        return read_yaml(file.read_text(encoding="utf-8-sig"), str(file))
    except UserError as error:
        issues += error.issues
    except UnicodeDecodeError as error:
        issues.append(Issue(Where(str(file)), f"this is not UTF-8 text: byte {error.start} cannot be read", "Save the file as UTF-8."))
    except OSError as error:
        issues.append(Issue(Where(str(file)), f"this file cannot be read: {error.strerror}"))
    return None


def read_sections(files: Iterable[Path], sections: tuple[str, ...], issues: list[Issue]) -> dict[str, dict[str, Given]]:
    """Section -> name -> entry, over all files. Noted: unknown sections, and a name given twice."""
    found: dict[str, dict[str, Given]] = {section: {} for section in sections}
    for file in files:
        document = read_file(file, issues)
        if document is None:
            continue
        if not isinstance(document.value, dict):
            issues.append(Issue(document.where, f"expected a mapping with {' or '.join(sections)}, found {in_words(document)}"))
        for key, section in document.entries.items():
            if key in found:
                _gather(found[key], section, issues)
            else:
                hint = suggest(key, sections) or f"Known here: {', '.join(sections)}."
                issues.append(Issue(section.key or section.where, f"unknown key '{key}'", hint))
    return found


def _gather(names: dict[str, Given], section: Given, issues: list[Issue]) -> None:
    if not isinstance(section.value, dict):
        issues.append(Issue(section.where, f"expected a mapping of names, found {in_words(section)}"))
    for name, entry in section.entries.items():
        if name in names:
            first = names[name].key or names[name].where
            issues.append(Issue(entry.key or entry.where, f"'{name}' is declared already, at {first.file}:{first.line}"))
        else:
            names[name] = entry
