"""Changes to YAML text at the marks of its nodes, so that layout stays as it was. What would take a comment with it is left to people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from segmentation.definitions.plain_forms import CODE
from segmentation.issues import Issue, Suggestion


@dataclass(frozen=True, order=True)
class Edit:
    """text[start:end] becomes `new`."""

    start: int
    end: int
    new: str


def edit_of(issue: Issue, text: str) -> Edit | None:
    """The mechanical change that mends an issue of this text; None where there is none."""
    start = _index(text, issue.where.line, issue.where.column)
    if isinstance(issue.hint, Suggestion) and issue.hint.is_only:
        return _renamed(text, start, issue.hint)
    return _plainer(text, start) if issue.code == CODE else None


def apply(text: str, edits: list[Edit]) -> str:
    """From the end on; of edits that overlap the first counts, the others come in the next round."""
    kept: list[Edit] = []
    for edit in sorted(set(edits)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    for edit in reversed(kept):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def _index(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + column - 1


def _renamed(text: str, start: int, hint: Suggestion) -> Edit | None:
    """The wrong name as a whole word, from the place of the issue to the end of its line."""
    line_end = text.find("\n", start)
    found = re.compile(rf"(?<!\w){re.escape(hint.wrong)}(?!\w)").search(text, start, len(text) if line_end < 0 else line_end)
    return Edit(found.start(), found.end(), hint.right) if found else None


# ---------------------------------------------------------------- nodes
def _plainer(text: str, start: int) -> Edit | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for node, above in _nodes(root, None):
        if node.start_mark.index != start:
            continue
        inner = _unwrapped(node)
        if inner is not None:
            around = text[start : inner.start_mark.index] + text[_end(inner) : _end(node)]
            return None if "#" in around else Edit(start, _end(node), _moved(text, inner, node.start_mark.column))
        if isinstance(above, yaml.SequenceNode) and node is not above.value[0]:
            edit = _without(text, above, node)
            return None if "#" in text[edit.start : edit.end] else edit
    return None


def _nodes(node: Any, above: Any) -> Iterator[tuple[Any, Any]]:
    yield node, above
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _nodes(item, node)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _nodes(key, node)
            yield from _nodes(value, node)


def _unwrapped(node: Any) -> Any:
    """The one condition under all or any, or under not of not."""
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
        return None
    (key, value), *_ = node.value
    if key.value in ("all", "any") and isinstance(value, yaml.SequenceNode) and len(value.value) == 1:
        return value.value[0]
    if key.value == "not" and isinstance(value, yaml.MappingNode) and [each.value for each, _ in value.value] == ["not"]:
        return value.value[0][1]
    return None


def _end(node: Any) -> int:
    """Where a node's own text ends: the mark of a block lies beyond blank lines and comments."""
    if node.value and not isinstance(node, yaml.ScalarNode) and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _moved(text: str, node: Any, column: int) -> str:
    """The text of a node whose first letter comes to stand at another column."""
    found = text[node.start_mark.index : _end(node)]
    spaces = node.start_mark.column - column
    head, *rest = found.split("\n")
    return "\n".join([head, *(line[spaces:] if line[:spaces].strip() == "" else line for line in rest)])


def _without(text: str, above: Any, node: Any) -> Edit:
    """A list without one of its items: of a block its lines, else from the item before on."""
    if above.flow_style:
        before = above.value[above.value.index(node) - 1]
        return Edit(_end(before), _end(node), "")
    line = text.rfind("\n", 0, node.start_mark.index) + 1
    end = text.find("\n", _end(node))
    return Edit(line, len(text) if end < 0 else end + 1, "")
