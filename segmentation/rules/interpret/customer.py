"""A customer's facts, indexed once, and the points at which rules are asked."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce, in_force_at
from segmentation.rules.interpret.attributes import Setting, settings_of
from segmentation.rules.interpret.zones import is_zone
from segmentation.rules.model import Micros
from segmentation.rules.vocabulary import Vocabulary


def hash_content(properties: Mapping[str, Any]) -> int:
    """A signed 64-bit number that depends on the properties only, for facts that bring none of their own."""
    digest = hashlib.sha256(repr(_canonical(properties)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return sorted((key, _canonical(inner)) for key, inner in value.items())
    return [_canonical(inner) for inner in value] if isinstance(value, tuple | list) else value


def distinct_facts(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Of an event's copies the one with the smallest (occurred_at, content hash); rows of tables are versions and stay."""
    kept: dict[tuple[str, str], Fact] = {}
    others: list[Fact] = []
    for fact in facts:
        if fact.cause != "event":
            others.append(fact)
            continue
        name = (fact.kind, fact.fact_id)
        if name not in kept or _rank_of_copy(fact) < _rank_of_copy(kept[name]):
            kept[name] = fact
    return (*kept.values(), *others)


def _rank_of_copy(fact: Fact) -> tuple[Any, ...]:
    return (fact.occurred_at, fact.content_hash, hash_content(fact.properties))


def order_of(fact: Fact) -> tuple[Micros, str, str]:
    """Facts come in order of (occurred_at, fact id); kinds that share an id are told apart by their names."""
    return (fact.occurred_at, fact.fact_id, fact.kind)


class Kind:
    """The facts of one kind in their order. Most kinds have no versions: for them a slice answers what counts at an instant."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts = sorted(facts, key=order_of)
        self.instants = [fact.occurred_at for fact in self.facts]
        self.has_versions = any(fact.valid_until is not None or fact.valid_from != fact.occurred_at or fact.is_deleted for fact in self.facts)

    def valid_at(self, at: Micros) -> list[Fact]:
        begun = self.facts[: bisect_right(self.instants, at)]
        return [fact for fact in begun if is_valid(fact, at)] if self.has_versions else begun


def is_valid(fact: Fact, at: Micros) -> bool:
    """This version of the fact counts at `at`."""
    return not fact.is_deleted and fact.begins_at <= at and (fact.valid_until is None or at < fact.valid_until)


class Customer:
    """Everything that is known of one customer; answers are remembered, so the facts must not change afterwards."""

    def __init__(self, customer_id: str, facts: Iterable[Fact], in_force: tuple[InForce, ...], vocabulary: Vocabulary) -> None:
        self.customer_id = customer_id
        self.facts = distinct_facts(facts)
        self.in_force = in_force
        self.vocabulary = vocabulary
        self.flips: dict[Any, Any] = {}
        """Kept by flips.flips: what is known of the flips of each segment."""
        self._points: dict[Micros, Point] = {}
        self._kinds: dict[str, Kind] = {}
        self._settings: dict[str, tuple[Setting, ...]] = {}

    def at(self, instant: Micros) -> Point:
        """The customer at an instant."""
        if instant not in self._points:
            self._points[instant] = Point(self, instant)
        return self._points[instant]

    @cached_property
    def exists_from(self) -> Micros | None:
        """The beginning of the first event, table row, attribute row or list entry; scores make nobody exist."""
        return min((fact.begins_at for fact in self.facts if fact.cause != "score"), default=None)

    def exists_at(self, at: Micros) -> bool:
        return self.exists_from is not None and self.exists_from <= at

    def kind(self, name: str) -> Kind:
        """Events or rows of a facts table."""
        return self._remember_kind(name, ("event", "table"))

    def entries(self, name: str) -> Kind:
        """Entries of a list."""
        return self._remember_kind(name, ("list",))

    def scores(self, model: str) -> Kind:
        return self._remember_kind(model, ("score",))

    def _remember_kind(self, name: str, causes: tuple[str, ...]) -> Kind:
        key = f"{causes[0]}:{name}"
        if key not in self._kinds:
            self._kinds[key] = Kind(fact for fact in self.facts if fact.kind == name and fact.cause in causes)
        return self._kinds[key]

    def settings(self, attribute: str) -> tuple[Setting, ...]:
        """What an attribute was set to, in order; one that the vocabulary lacks was never set."""
        if attribute not in self._settings:
            known = self.vocabulary.attributes.get(attribute)
            self._settings[attribute] = settings_of(attribute, known.places, self.facts) if known else ()
        return self._settings[attribute]

    def attribute(self, name: str, at: Micros) -> Any:
        """The latest setting's value, None where there is none."""
        settings = self.settings(name)
        later = bisect_right(settings, at, key=lambda setting: setting.instant)
        return settings[later - 1].value if later else None

    def zone_at(self, zone: str, at: Micros) -> str:
        """A zone's name; `customer` is the attribute time_zone, and the default where that is missing or no zone."""
        if zone != "customer":
            return zone
        own = self.attribute("time_zone", at)
        return own if is_zone(own) else self.vocabulary.default_zone

    def zones(self, zone: str) -> set[str]:
        """Every zone that `zone` may mean for this customer at some instant."""
        if zone != "customer":
            return {zone}
        return {self.vocabulary.default_zone, *(setting.value for setting in self.settings("time_zone") if is_zone(setting.value))}

    def in_force_at(self, at: Micros) -> InForce | None:
        """The definitions that decide an instant: the last that have begun by then."""
        return in_force_at(self.in_force, at)


class Point:
    """A customer at an instant. What was worked out here once is kept for the node that asked for it."""

    __slots__ = ("_kept", "_valid", "at", "customer", "in_force")

    def __init__(self, customer: Customer, at: Micros) -> None:
        self.customer = customer
        self.at = at
        self.in_force = customer.in_force_at(at)
        self._kept: dict[int, tuple[object, Any]] = {}
        self._valid: dict[tuple[str, ...], list[Fact]] = {}

    def keep(self, node: object, work_out: Callable[[Any, Point], Any]) -> Any:
        """The answer for this very node; the node is held too, so that its id stays its own."""
        found = self._kept.get(id(node))
        if found is None:
            found = self._kept[id(node)] = (node, work_out(node, self))
        return found[1]

    def facts(self, kinds: tuple[str, ...]) -> list[Fact]:
        """The facts of these kinds that count at this instant, in their order; not to be changed."""
        if kinds not in self._valid:
            found = [self.customer.kind(kind).valid_at(self.at) for kind in kinds]
            self._valid[kinds] = found[0] if len(found) == 1 else sorted((fact for each in found for fact in each), key=order_of)
        return self._valid[kinds]

    def attribute(self, name: str) -> Any:
        return self.customer.attribute(name, self.at)

    def zone(self, zone: str) -> str:
        return self.customer.zone_at(zone, self.at)
