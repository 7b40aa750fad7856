"""All traits by name, read when first asked for: a trait of traits finds its parts, and a cycle is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.issues import suggest
from segmentation.rules.given import Given
from segmentation.rules.parse.scope import RefusedError, Scope, text_of
from segmentation.rules.parse.traits import read_trait
from segmentation.rules.values import Value


@dataclass
class TraitBook:
    """A trait is read once for each time zone it is used in; what is wrong with it is said once."""

    given: Mapping[str, Given] = field(default_factory=dict)
    _values: dict[tuple[str, str], Value | None] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)

    def value(self, scope: Scope, place: Given) -> Value:
        """The value of the trait that `place` names. Raises RefusedError where it is unknown, in a cycle, or wrong itself."""
        name = text_of(scope, place, "a trait")
        if name not in self.given:
            raise scope.refuse(place, f"unknown trait '{name}'", self._suggestion(scope, name))
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            raise scope.refuse(place, f"traits refer to each other in a circle: {circle}")
        if (name, scope.zone) not in self._values:
            self._values[name, scope.zone] = self._read(scope, name)
        found = self._values[name, scope.zone]
        if found is None:
            raise RefusedError
        return found

    def _suggestion(self, scope: Scope, name: str) -> str:
        if name in scope.vocabulary.attributes:
            return f"There is an attribute of this name: write attribute: {name}."
        if name in scope.vocabulary.scores:
            return f"There is a score of this name: write score: {name}."
        return suggest(name, self.given)

    def _read(self, scope: Scope, name: str) -> Value | None:
        before = len(scope.issues)
        self._open.append(name)
        try:
            value = read_trait(scope, self.given[name])
        except RefusedError:
            value = None
        finally:
            self._open.pop()
        failed = len(scope.issues) > before
        if name in self._said:
            del scope.issues[before:]
        if failed:
            self._said.add(name)
        return None if failed else value
