"""YAML text -> values with places: safe_load's values, but numbers exact, duplicate keys refused, and never a stack trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any

import yaml

from segmentation.issues import Issue, UserError, Where
from segmentation.rules.given import Given

MAXIMUM_NODES = 500_000
MAXIMUM_DEPTH = 100
_OPENING, _CLOSING = re.compile(r"[\[{]"), re.compile(r"[\]}]")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str, file: str) -> Given:
    """The one document of a text; an empty one is an empty mapping. Raises UserError with every problem of form."""
    too_deep = _find_depth(text, file)
    if too_deep:
        raise UserError(too_deep)
    try:
        loader = _LOADER(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise UserError(_issue_of(error, file, text)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(Issue(Where(file, 1, 1), f"this is not YAML: {str(error).splitlines()[0]}")) from None
    if node is None:
        return Given({}, Where(file, 1, 1))
    reader = _Reader(file)
    given = reader.read(node, "", None)
    if reader.issues:
        raise UserError(*reader.issues)
    return given


def _issue_of(error: yaml.MarkedYAMLError, file: str, text: str) -> Issue:
    mark = error.problem_mark or error.context_mark
    where = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file, 1, 1)
    reason = "; ".join(part for part in (error.context, error.problem) if part)
    line = text.splitlines()[where.line - 1] if where.line <= len(text.splitlines()) else ""
    return Issue(where, f"this is not YAML: {reason}", _hint(reason, line))


def _hint(reason: str, line: str) -> str:
    if "\t" in line and "cannot start any token" in reason:
        return "A tab does not indent: use spaces."
    if "mapping values are not allowed" in reason:
        return "Write text with a colon in quotes, or check the indentation."
    return ""


def _find_depth(text: str, file: str) -> Issue | None:
    """The composer recurses in C: depth is bounded before it runs. Brackets in quotes count too, which only thousands would notice."""
    for number, line in enumerate(text.splitlines(), 1):
        indented = len(line) - len(line.lstrip(" -?"))
        if indented > 4 * MAXIMUM_DEPTH or len(_OPENING.findall(line)) - len(_CLOSING.findall(line)) > MAXIMUM_DEPTH:
            return Issue(Where(file, number, 1), f"nested deeper than {MAXIMUM_DEPTH} levels")
    if len(_OPENING.findall(text)) - len(_CLOSING.findall(text)) > MAXIMUM_DEPTH:
        return Issue(Where(file, 1, 1), f"nested deeper than {MAXIMUM_DEPTH} levels")
    return None


class _Reader:
    """Walks the composed nodes of one file and collects what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.issues: list[Issue] = []
        self._count = 0
        self._open: set[int] = set()
        self._construct = yaml.constructor.SafeConstructor()

    def read(self, node: Any, path: str, key: Where | None) -> Given:
        where = Where(self.file, node.start_mark.line + 1, node.start_mark.column + 1, path)
        self._count += 1
        if self._count > MAXIMUM_NODES or id(node) in self._open or len(self._open) > MAXIMUM_DEPTH:
            return self._refuse(where, "this refers to itself, is nested too deeply, or grows without bound by its aliases", key)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, where, key)
        self._open.add(id(node))
        try:
            return (self._sequence if isinstance(node, yaml.SequenceNode) else self._mapping)(node, where, key)
        finally:
            self._open.discard(id(node))

    def _refuse(self, where: Where, problem: str, key: Where | None = None) -> Given:
        if len(self.issues) < 1000:
            self.issues.append(Issue(where, problem))
        return Given(None, where, key=key)

    def _sequence(self, node: Any, where: Where, key: Where | None) -> Given:
        if node.tag != "tag:yaml.org,2002:seq":
            return self._refuse(where, f"the tag {_tag(node)} means nothing here", key)
        return Given([self.read(item, f"{where.path}[{index}]", None) for index, item in enumerate(node.value)], where, key=key)

    def _mapping(self, node: Any, where: Where, key: Where | None) -> Given:
        if node.tag != "tag:yaml.org,2002:map":
            return self._refuse(where, f"the tag {_tag(node)} means nothing here", key)
        entries: dict[str, Given] = {}
        for name_node, value_node in self._flattened(node, where):
            place = Where(self.file, name_node.start_mark.line + 1, name_node.start_mark.column + 1)
            name = self._name(name_node, place, where.path)
            path = f"{where.path}.{name}" if where.path else name
            entries[name] = self.read(value_node, path, Where(place.file, place.line, place.column, path))
        return Given(entries, where, key=key)

    def _flattened(self, node: Any, where: Where) -> list[tuple[Any, Any]]:
        """Its entries with those merged by `<<`; a key written twice is refused."""
        seen: set[Hashable] = set()
        for name_node, _ in node.value:
            name = str(name_node.value)
            if isinstance(name_node, yaml.ScalarNode) and name in seen and name != "<<":
                place = Where(self.file, name_node.start_mark.line + 1, name_node.start_mark.column + 1, where.path)
                self._refuse(place, f"the key '{name}' is given twice")
            seen.add(name)
        try:
            self._construct.flatten_mapping(node)
        except yaml.constructor.ConstructorError as error:
            self._refuse(where, f"this is not YAML: {error.problem}")
        except RecursionError:
            self._refuse(where, "this merges itself")
        return list(node.value)

    def _name(self, node: Any, place: Where, path: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(Where(place.file, place.line, place.column, path), "a key must be a name, not a list or mapping")
            return "?"
        return str(node.value)

    def _scalar(self, node: Any, where: Where, key: Where | None) -> Given:
        convert = _SCALARS.get(node.tag)
        if convert is None:
            return self._refuse(where, f"the tag {_tag(node)} means nothing here", key)
        try:
            return Given(convert(self._construct, node), where, str(node.value), key)
        except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
            return self._refuse(where, f"'{str(node.value)[:60]}' is no {NAMES.get(_tag(node), 'value')}", key)


NAMES = {"!!timestamp": "date or instant that exists", "!!int": "whole number", "!!float": "number"}


def _tag(node: Any) -> str:
    return str(node.tag).replace("tag:yaml.org,2002:", "!!")


def _exact_number(_: Any, node: Any) -> Any:
    """A float as the decimal that was written; .inf and .nan stay text, which no number can be compared with."""
    text = str(node.value).replace("_", "").lower()
    if ":" in text or text.lstrip("+-").startswith((".inf", ".nan")):
        return str(node.value)
    return Decimal(text)


_SCALARS: dict[str, Callable[[Any, Any], Any]] = {
    "tag:yaml.org,2002:null": lambda _, __: None,
    "tag:yaml.org,2002:bool": lambda construct, node: construct.construct_yaml_bool(node),
    "tag:yaml.org,2002:int": lambda construct, node: construct.construct_yaml_int(node),
    "tag:yaml.org,2002:float": _exact_number,
    "tag:yaml.org,2002:timestamp": lambda construct, node: construct.construct_yaml_timestamp(node),
    "tag:yaml.org,2002:str": lambda _, node: str(node.value),
}
