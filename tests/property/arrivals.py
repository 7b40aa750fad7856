"""Histories as they arrive: each fact of a case in some batch, late, early, repeated, contradicted or taken back; and what is true in the end.

Time is cut into slices, a batch each. Customers are independent of each other, so that one lake tries as many cuts as it has customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Micros
from segmentation.rules.vocabulary import Vocabulary
from tests.property.frames import Told
from tests.property.generated_facts import GRID
from tests.property.strategies import base_of, generate_case, generate_definitions, span_of

Rows = dict[str, list[Fact]]
"""By customer, in the order in which they are written."""
MANNERS = ("in order", "late", "any order", "fact by fact")


class Batch(NamedTuple):
    """What has arrived since the batch before, the wall clock, and the definitions that are known by then."""

    rows: Rows
    now: Micros
    known: tuple[InForce, ...]


@dataclass(frozen=True)
class World:
    """batches: as it came. truth: the facts that count in the end; definitions: all that were ever made known."""

    vocabulary: Vocabulary
    truth: Rows
    definitions: tuple[InForce, ...]
    batches: tuple[Batch, ...]

    @property
    def at_once(self) -> Batch:
        """Everything in one batch; of a list entry only the last word, as one capture would find it."""
        rows: Rows = {}
        for customer in self.truth:
            told = [row for batch in self.batches for row in batch.rows.get(customer, ())]
            last_words = {(row.kind, row.fact_id): _heard_first(row) for row in told if row.cause == "list"}
            rows[customer] = [*last_words.values(), *(row for row in told if row.cause != "list")]
        return Batch(rows, self.batches[-1].now, self.definitions)


def generate_world(seed: int, customers: int = 12, segments: int = 8, slices: int = 6, versions: int = 2) -> World:
    """Facts of customer n arrive in manner n; definitions are made known before or after they begin, in their order."""
    chance = Random(f"arrivals {seed}")
    case = generate_case(seed, customers, segments)
    definitions = generate_definitions(seed, versions, segments)
    start, end = span_of(base_of(seed))
    ends = [start + (end - 12 * GRID - start) * number // slices for number in range(1, slices)] + [end]
    truth: Rows = {}
    batches: list[Rows] = [{} for _ in ends]
    for number, (customer, facts) in enumerate(case.customers.items()):
        erased = {(f.kind, f.fact_id) for f in facts if f.cause == "event" and chance.random() < 0.1}
        truth[customer] = [fact for fact in facts if (fact.kind, fact.fact_id) not in erased]
        for place, fact in _arrivals(facts, erased, MANNERS[number % len(MANNERS)], ends, chance):
            batches[place].setdefault(customer, []).append(fact)
    known_from = [0, *sorted(chance.randrange(slices) for _ in definitions[1:])]
    known = [tuple(each for each, first in zip(definitions, known_from, strict=True) if first <= place) for place in range(slices)]
    return World(case.vocabulary, truth, definitions, tuple(map(Batch, batches, ends, known)))


def _arrivals(facts: Sequence[Fact], erased: set[tuple[str, str]], manner: str, ends: Sequence[Micros], chance: Random) -> Iterator[tuple[int, Fact]]:
    """(place of the batch, row). What is captured keeps the order in which it was said, and of one batch's words only the last is written."""
    told = [row for fact in facts for row in _told(fact, facts, erased, chance)]
    places = [_place(row, number, manner, ends, chance) for number, row in enumerate(told)]
    captured: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(told):
        if row.cause in ("table", "attribute", "list"):
            captured.setdefault((row.kind, row.fact_id), []).append(number)
        else:
            yield places[number], row
    for numbers in captured.values():
        in_order = sorted(numbers, key=lambda number: told[number].position)
        said = zip(sorted(places[number] for number in numbers), (told[number] for number in in_order), strict=True)
        if told[numbers[0]].cause != "list":
            yield from said
            continue
        for index, (place, row) in enumerate(dict(said).items()):
            yield place, row if index else _heard_first(row)


def _heard_first(row: Fact) -> Fact:
    """An entry of which nothing was known changes answers from its own beginning on."""
    return replace(row, since=None) if isinstance(row, Told) else row


def _told(fact: Fact, facts: Sequence[Fact], erased: set[tuple[str, str]], chance: Random) -> Iterator[Fact]:
    """What is written of a fact: itself, perhaps twice; a list entry perhaps before anybody knew its end; an event perhaps taken back."""
    if fact.cause == "list" and fact.valid_until is not None and chance.random() < 0.5:
        yield replace(fact, valid_until=None)
        yield Told(**{**vars(fact), "since": fact.valid_until})
        return
    yield fact
    if fact.cause == "event" and chance.random() < 0.2:
        yield fact
    if (fact.kind, fact.fact_id) in erased:
        first = min(each.occurred_at for each in facts if (each.kind, each.fact_id) == (fact.kind, fact.fact_id))
        yield Told(**{**vars(fact), "occurred_at": first, "valid_from": first, "is_retracted": True})


def _place(row: Fact, number: int, manner: str, ends: Sequence[Micros], chance: Random) -> int:
    """In order: in the slice in which it begins. What comes before its time waits."""
    own = min(sum(end < row.begins_at for end in ends), len(ends) - 1)
    if manner == "in order":
        return own
    if manner == "late":
        return chance.randrange(own, len(ends))
    return chance.randrange(len(ends)) if manner == "any order" else min(number, len(ends) - 1)
