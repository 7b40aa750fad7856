"""How events of the embedded shop arrive: hours late, days late, twice, changed, before their time, and among lines that are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from segmentation.adapters.shop.behaviour import Happening
from segmentation.adapters.shop.faults import MALFORMED, envelope, to_line

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Arrival:
    """A line that reaches its source at `at`. `kind`: on time, late, ahead, duplicate, conflict, or a name of MALFORMED."""

    at: datetime
    source: str
    line: str
    kind: str
    event_id: str = ""


@dataclass(frozen=True)
class Trouble:
    """How many of each: all are exact. `malformed` counts each kind of MALFORMED."""

    ahead: int
    duplicates: int
    conflicts: int
    malformed: int


def send(happenings: Sequence[Happening], trouble: Trouble, chance: Random, until: datetime) -> list[Arrival]:
    """Every line that arrives before `until`, in the order of arrival. An event that would come later comes at the very end."""
    chosen = chance.sample(range(len(happenings)), trouble.ahead + trouble.duplicates + trouble.conflicts)
    is_ahead, is_repeated = set(chosen[: trouble.ahead]), chosen[trouble.ahead :]
    clean = [_deliver(one, chance, until, is_ahead=number in is_ahead) for number, one in enumerate(happenings)]
    duplicated, contradicted = is_repeated[: trouble.duplicates], is_repeated[trouble.duplicates :]
    extra = [
        *(_repeat(clean[number], chance, until) for number in duplicated),
        *(_contradict(happenings[number], clean[number], chance, until) for number in contradicted),
        *_spoil(happenings, trouble.malformed, chance, until),
    ]
    return sorted([*clean, *extra], key=lambda arrival: (arrival.at, arrival.line))


def _deliver(one: Happening, chance: Random, until: datetime, *, is_ahead: bool) -> Arrival:
    if is_ahead:
        # The clock of the customer's device is hours fast: the event is dated after its arrival, within what is accepted.
        received_at = one.occurred_at - timedelta(minutes=chance.randint(30, 600))
        return _arrival(one, received_at, "ahead")
    received_at = min(one.occurred_at + _delay(chance), until - SECOND)
    received_at = max(received_at, one.occurred_at)
    return _arrival(one, received_at, "late" if received_at.date() > one.occurred_at.date() else "on time")


def _delay(chance: Random) -> timedelta:
    """Most within a minute, some after hours, one in forty after days."""
    drawn = chance.random()
    if drawn < 0.85:
        return timedelta(milliseconds=chance.randrange(50, 60_000))
    if drawn < 0.975:
        return timedelta(seconds=chance.randrange(60, 6 * 3600))
    return timedelta(seconds=chance.randrange(86_400, 6 * 86_400))


def _arrival(one: Happening, received_at: datetime, kind: str) -> Arrival:
    return Arrival(received_at, one.source, to_line(envelope(one, received_at)), kind, one.event_id)


def _repeat(first: Arrival, chance: Random, until: datetime) -> Arrival:
    """The same line again, byte for byte: a client that did not hear the answer."""
    return replace(first, at=_later(first.at, chance, until), kind="duplicate")


def _contradict(one: Happening, first: Arrival, chance: Random, until: datetime) -> Arrival:
    """The same event id with another time: a mistake of the sender, to be kept and reported."""
    moved = replace(one, occurred_at=one.occurred_at - timedelta(minutes=chance.randint(1, 30)))
    return Arrival(_later(first.at, chance, until), one.source, to_line(envelope(moved, first.at)), "conflict", one.event_id)


def _later(at: datetime, chance: Random, until: datetime) -> datetime:
    return min(at + timedelta(seconds=chance.randrange(1, 2 * 86_400)), until - timedelta(milliseconds=1))


def _spoil(happenings: Sequence[Happening], count: int, chance: Random, until: datetime) -> Iterator[Arrival]:
    """`count` lines of each kind of fault, made of carts that customers never had."""
    for kind, spoil in MALFORMED.items():
        for number, one in enumerate(chance.choices(happenings, k=count)):
            at = min(one.occurred_at + SECOND, until - SECOND)
            name = f"bad-{kind.replace(' ', '-')}-{number}"
            cart = Happening("web", "cart_updated", name, one.customer_id, one.occurred_at, {"cart_id": name, "value": 10.5, "items": 1})
            yield Arrival(at, "web", spoil(envelope(cart, at)), kind, name)


def count_kinds(arrivals: Iterable[Arrival]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for arrival in arrivals:
        counts[arrival.kind] = counts.get(arrival.kind, 0) + 1
    return counts
