"""Random histories of customers on a coarse grid of instants, so that windows end, facts coincide and zones change just at facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from segmentation.rules.facts import Fact
from segmentation.rules.interpret import hash_content
from segmentation.rules.types import BOOLEAN, DATE, INTEGER, RATIO, STRING, TIMESTAMP, Type, array, decimal
from segmentation.rules.vocabulary import Attribute, FactKind, Vocabulary

HOUR = 3600 * 10**6
DAY = 24 * HOUR
BASE = int(dt.datetime(2028, 2, 26, tzinfo=dt.UTC).timestamp()) * 10**6
"""Before 29 February of a leap year."""
SPRING = int(dt.datetime(2026, 3, 26, tzinfo=dt.UTC).timestamp()) * 10**6
"""Before the clocks go forward: in Beirut at midnight itself, which that day lacks."""
AUTUMN = int(dt.datetime(2025, 10, 23, tzinfo=dt.UTC).timestamp()) * 10**6
"""Before they go back; in Havana at 01:00 of 2 November, which gives that day two midnights."""
GRID = 6 * HOUR
STEPS = 40
ZONES = (
    "Europe/Berlin",
    "Asia/Beirut",
    "America/Havana",
    "Asia/Kolkata",
    "Asia/Dhaka",  # its midnight is an instant of the grid
    "Pacific/Kiritimati",
    "No/Such_Zone",
    "+02:00",
    "",
    None,
)

TEXTS = ("", "a", "A", "ab", "b", "ß", "É", "éa", "e\u0301", "日本", "\U0001f600", "\uffff", "a\nb", "a\n", "İ", "50%", "it's", 'a"\\b')
NUMBERS = (0, 1, 2, 3, -1, 7, 10, 2**63 - 1, -(2**63))
MONEY = tuple(Decimal(text) for text in ("0.00", "0.01", "1.00", "2.50", "-2.50", "100.00", "9999999999.99", "-9999999999.99", "33.33"))
HUGE = tuple(Decimal(text) for text in ("0.0000", "0.0001", "-0.0005", "999999999999999999999999.9999", "-999999999999999999999999.9999", "1.0000"))
DATES = tuple(
    dt.date.fromisoformat(text) for text in ("2028-02-28", "2028-02-29", "2000-02-29", "2026-03-29", "2025-10-31", "1990-03-01", "1999-12-31")
)
TYPES: dict[str, Type] = {
    "amount": decimal(12, 2), "huge": decimal(28, 4), "items": INTEGER, "text": STRING, "flag": BOOLEAN, "day": DATE, "moment": TIMESTAMP,
    "tags": array(STRING), "sizes": array(INTEGER), "key": STRING,
    "inner": Type("object", fields=(("text", STRING), ("deep", Type("object", fields=(("items", INTEGER),))))),
}  # fmt: skip
SETTABLE: dict[str, Type] = {
    "tier": STRING, "level": INTEGER, "balance": decimal(12, 2), "birthday": DATE, "seen_at": TIMESTAMP, "interests": array(STRING),
    "opted_in": BOOLEAN, "time_zone": STRING,
}  # fmt: skip

_PROPERTIES = Type("object", fields=tuple(TYPES.items()))
_SETTERS = Type("object", fields=(*TYPES.items(), *((name, SETTABLE[name]) for name in ("tier", "level", "time_zone"))))
VOCABULARY = Vocabulary(
    facts={
        "shop_bought": FactKind("shop_bought", "event", _PROPERTIES),
        "shop_viewed": FactKind("shop_viewed", "event", _PROPERTIES),
        "mailed": FactKind("mailed", "event", _PROPERTIES),
        "identified": FactKind("identified", "event", _SETTERS),
        "orders": FactKind("orders", "table", _PROPERTIES),
    },
    attributes={
        # one order of places for all, as a vocabulary has it: the event, crm, loyalty; only tier names all three
        "balance": Attribute("balance", SETTABLE["balance"], ("crm", "loyalty")),
        "level": Attribute("level", INTEGER, ("identified", "loyalty")),
        "tier": Attribute("tier", STRING, ("identified", "crm", "loyalty")),
        "time_zone": Attribute("time_zone", STRING, ("identified", "crm")),
        **{name: Attribute(name, SETTABLE[name], ("crm",)) for name in ("birthday", "seen_at", "interests", "opted_in")},
    },
    lists=("invited", "blocked"),
    scores={"churn": RATIO},
    default_zone="Europe/Berlin",
)
RANKING = "spent/5"


def scalar(rng: Random, kind: Type, base: int) -> Any:
    """A value of the type from a small pool, so that values meet; unicode, negatives and the largest among them."""
    pools: dict[str, tuple[Any, ...]] = {"string": TEXTS, "integer": NUMBERS, "boolean": (True, False), "date": DATES}
    if kind.name == "timestamp":
        return instant(rng, base)
    if kind.name == "array":
        return tuple(scalar(rng, kind.element or STRING, base) for _ in range(rng.randrange(4)))
    if kind.name == "object":
        return {name: scalar(rng, inner, base) for name, inner in kind.fields if rng.random() < 0.8}
    return rng.choice(pools.get(kind.name) or (HUGE if kind.precision > 20 else MONEY))


def value(rng: Random, kind: Type, base: int) -> Any:
    return None if rng.random() < 0.12 else scalar(rng, kind, base)


def instant(rng: Random, base: int) -> int:
    """On the grid, and now and then a microsecond beside it."""
    return base + rng.randrange(STEPS) * GRID + rng.choice((0, 0, 0, 0, 0, 0, 0, 0, 1, -1))


def _properties(rng: Random, kinds: dict[str, Type], base: int, presence: float = 0.75) -> dict[str, Any]:
    return {name: value(rng, kind, base) for name, kind in kinds.items() if rng.random() < presence}


def _event(rng: Random, base: int) -> Fact:
    kind = rng.choice(("shop_bought", "shop_bought", "shop_viewed", "mailed", "identified"))
    properties = _properties(rng, TYPES, base)
    if kind == "identified":
        properties |= _settings(rng, ("tier", "level", "time_zone"), base, presence=0.6)
    if properties.get("key") is not None:
        properties["key"] = rng.choice(("k1", "k2", "k3"))
    at = instant(rng, base)
    return Fact(kind, "event", f"e{rng.randrange(25)}", at, at, None, properties, content_hash=hash_content(properties))


def _settings(rng: Random, names: tuple[str, ...], base: int, presence: float = 1.0) -> dict[str, Any]:
    said = _properties(rng, {name: SETTABLE[name] for name in names}, base, presence)
    if "time_zone" in said:
        said["time_zone"] = rng.choice(ZONES)
    if said.get("tier") is not None:
        said["tier"] = rng.choice(("gold", "Gold", "silver", "é"))
    return said


def _versions_of_order(rng: Random, base: int, number: int) -> Iterator[Fact]:
    """Versions in order of their commits; late ones begin long after the order, ones of an instant follow each other at once."""
    occurred = instant(rng, base)
    starts = [occurred, *sorted(max(occurred, instant(rng, base)) for _ in range(rng.randrange(3)))]
    for index, start in enumerate(starts):
        until = starts[index + 1] if index + 1 < len(starts) else None
        is_deleted = index > 0 and until is None and rng.random() < 0.4
        moved = occurred + rng.choice((0, 0, 0, -GRID, GRID)) if index else occurred
        properties = _properties(rng, TYPES, base, presence=1.0) | {"key": rng.choice(("k1", "k2", "k3", None))}
        yield Fact("orders", "table", f"o{number}", moved, start, until, properties, index + 1, is_deleted)


def _attribute_rows(rng: Random, base: int, table: str, names: tuple[str, ...]) -> Iterator[Fact]:
    """A table says all its attributes at every row; a row taken away says null to each."""
    for position, at in enumerate(sorted(instant(rng, base) for _ in range(rng.randrange(5)))):
        is_deleted = position > 0 and rng.random() < 0.15
        properties = dict.fromkeys(names) if is_deleted else _settings(rng, names, base)
        yield Fact(table, "attribute", "row", at, at, None, properties, position + 1, is_deleted)


def _entries(rng: Random, base: int) -> Iterator[Fact]:
    for name in VOCABULARY.lists:
        for added in {instant(rng, base) for _ in range(rng.randrange(3))}:
            removed = rng.choice((None, added, added + GRID, added + 4 * GRID))
            yield Fact(name, "list", f"{name}-{added}", added, added, removed)


def _scores(rng: Random, base: int) -> Iterator[Fact]:
    for number in range(rng.randrange(4)):
        at = instant(rng, base)
        yield Fact("churn", "score", f"churn-{number}", at, at, None, {"score": rng.choice((None, Decimal("0.500000"), Decimal("0.9")))})
    for number in range(rng.randrange(3)):
        at = instant(rng, base)
        yield Fact(RANKING, "score", f"rank-{number}", at, at, None, {"band": rng.choice((None, 1, 3, 5)), "bands": 5})


def history(rng: Random, base: int) -> list[Fact]:
    """The facts of one customer in a random order, with copies, some of which differ."""
    facts = [_event(rng, base) for _ in range(rng.choice((0, 1, 3, 8, 15)))]
    facts += rng.sample(facts, rng.randrange(len(facts) + 1)) if rng.random() < 0.5 else []
    for number in range(rng.choice((0, 0, 1, 3))):
        facts += _versions_of_order(rng, base, number)
    facts += _attribute_rows(rng, base, "crm", ("tier", "time_zone", "balance", "birthday", "seen_at", "interests", "opted_in"))
    facts += _attribute_rows(rng, base, "loyalty", ("tier", "level", "balance"))
    facts += [*_entries(rng, base), *_scores(rng, base)]
    rng.shuffle(facts)
    return facts
