"""What is written longer than it need be, and means the same when it is not: warned of, and mended by `validate --fix`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segmentation.issues import Issue
from segmentation.rules.given import Given, in_words

CODE = "SEG109"
LISTS_OF_VALUES = ("in", "not_in", "contains_any", "contains_all")
LISTS_OF_CONDITIONS = ("all", "any", "none")


def plain_forms(written: Iterable[Given]) -> Iterator[Issue]:
    """Warnings about rules and traits as written; of what stands once and is referred to by an alias, one."""
    said = set()
    for issue in (issue for given in written for part in _every(given) for issue in _of(part)):
        place = (issue.where.file, issue.where.line, issue.where.column, issue.problem)
        if place not in said:
            said.add(place)
            yield issue


def _every(given: Given) -> Iterator[Given]:
    yield given
    for inner in (*given.entries.values(), *given.items):
        yield from _every(inner)


def _of(given: Given) -> Iterator[Issue]:
    entries = given.entries
    if len(entries) == 1:
        (key, entry), *_ = entries.items()
        if key in ("all", "any") and len(entry.items) == 1:
            yield _warning(given, f"'{key}' of one condition", "Write the condition alone.")
        if key == "not" and list(entry.entries) == ["not"]:
            yield _warning(given, "not of not", "Write the condition alone.")
    for key in (*LISTS_OF_VALUES, *LISTS_OF_CONDITIONS):
        if key in entries:
            yield from _twice(entries[key], key)


def _twice(listed: Given, key: str) -> Iterator[Issue]:
    seen: list[object] = []
    for item in listed.items:
        plain = item.plain()
        if any(plain == each and type(plain) is type(each) for each in seen):
            what = "this condition" if key in LISTS_OF_CONDITIONS else in_words(item)
            yield _warning(item, f"{what} stands in this {key} twice", "Once is enough.")
        seen.append(plain)


def _warning(given: Given, problem: str, hint: str) -> Issue:
    return Issue(given.where, problem, hint, CODE, "warning")
