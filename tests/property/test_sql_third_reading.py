"""The SQL form against DuckDB: whatever condition is let through answers as SQL does, unknown included. A third reading, without a JVM."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from segmentation.issues import UserError
from tests.unit.rules.reading import answer, read_sql

AT = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = ("gold", "Gold", "go", "old", "", "g_ld", "silver")
PATTERNS = ("go%", "%ld", "%o%", "g_ld", "gold", "G%", "%", "")
TIMES = (
    "at", "at - interval 3 days", "at + interval 12 hours", "current_date", "current_date - 7", "current_date - interval 30 days",
    "date_trunc('month', at)", "date_trunc('week', at)", "timestamp '2026-03-17 10:30:00'", "date '2026-03-01'",
)  # fmt: skip
SIGNS = ("=", "<>", "<", "<=", ">", ">=")


class Conditions:
    """Random SQL of the forms that a rule may have."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def leaf(self) -> str:
        pick, rng = self.rng.choice, self.rng
        negation = pick(("", "not "))
        return pick(
            (
                lambda: f"tier {pick(SIGNS)} '{pick(TEXTS)}'",
                lambda: f"tier {negation}like '{pick(PATTERNS)}'",
                lambda: f"tier {negation}ilike '{pick(PATTERNS)}'",
                lambda: f"tier {negation}in ('{pick(TEXTS)}', '{pick(TEXTS)}')",
                lambda: f"tier is {negation}null",
                lambda: f"points {pick(SIGNS)} {rng.randrange(-2, 4)}",
                lambda: f"points {negation}between {rng.randrange(-2, 2)} and {rng.randrange(2, 4)}",
                lambda: f"{rng.randrange(-2, 4)} {pick(SIGNS)} points",
                lambda: f"points + level {pick(SIGNS)} {rng.randrange(-2, 4)}",
                lambda: f"credit * {rng.randrange(1, 3)}.5 {pick(SIGNS)} {rng.randrange(0, 4)}",
                lambda: f"coalesce(points, level, 1) {pick(SIGNS)} {rng.randrange(0, 3)}",
                lambda: f"case when points > level then 'a' when vip then 'b' end {pick(SIGNS)} 'a'",
                lambda: f"points {pick(SIGNS)} level",
                lambda: f"nullif(points, 1) {pick(SIGNS)} {rng.randrange(0, 3)}",
                lambda: f"abs(points) {pick(SIGNS)} {rng.randrange(0, 3)}",
                lambda: f"length(tier) {pick(SIGNS)} {rng.randrange(0, 5)}",
                lambda: "vip",
                lambda: f"vip is {negation}true",
                lambda: f"birthday {pick(SIGNS)} '2000-02-0{rng.randrange(1, 4)}'",
                lambda: f"seen_at {pick(SIGNS)} {pick(TIMES)}",
                lambda: f"{pick(TIMES)} {pick(SIGNS)} seen_at",
                lambda: f"seen_at {negation}between {pick(TIMES)} and {pick(TIMES)}",
                lambda: f"birthday {pick(SIGNS)} current_date - {rng.randrange(9540, 9550)}",
            )
        )()

    def condition(self, depth: int = 3) -> str:
        drawn = self.rng.random()
        if depth == 0 or drawn < 0.35:
            return self.leaf()
        if drawn < 0.5:
            return f"not ({self.condition(depth - 1)})"
        if drawn < 0.58:
            return f"({self.condition(depth - 1)}) is {self.rng.choice(('', 'not '))}true"
        word = self.rng.choice((" and ", " or "))
        return word.join(f"({self.condition(depth - 1)})" for _ in range(self.rng.choice((2, 2, 3))))

    def customer(self) -> dict[str, Any]:
        pick = self.rng.choice
        moments = (
            AT,
            AT - timedelta(days=3),
            AT + timedelta(hours=12),
            AT.replace(hour=0, minute=0),
            datetime(2026, 3, 1, tzinfo=UTC),
            AT - timedelta(days=16),
        )
        return {
            "tier": pick((None, *TEXTS)),
            "points": pick((None, -1, 0, 1, 2, 3)),
            "level": pick((None, 0, 1, 2)),
            "credit": pick((None, Decimal("0.50"), Decimal("1.50"), Decimal("2.00"))),
            "vip": pick((None, True, False)),
            "birthday": pick((None, datetime(2000, 2, self.rng.randrange(1, 4), tzinfo=UTC).date())),
            "seen_at": pick((None, *(moment + timedelta(microseconds=self.rng.choice((-1, 0, 1))) for moment in moments))),
        }


TYPES = {
    "tier": "varchar",
    "points": "bigint",
    "level": "bigint",
    "credit": "decimal(12,2)",
    "vip": "boolean",
    "birthday": "date",
    "seen_at": "timestamp",
}


def of_duckdb(connection: duckdb.DuckDBPyConnection, condition: str, customer: dict[str, Any]) -> bool | None:
    """What DuckDB answers; `at` is a reserved word there."""
    text = f" {condition} ".replace("current_date", "cast(now_at as date)")
    for before in (" ", "(", ", "):
        for after in (" ", ")"):
            text = text.replace(f"{before}at{after}", f"{before}now_at{after}")
    columns = ", ".join(f"cast(${name} as {kind}) as {name}" for name, kind in TYPES.items())
    plain = {name: value.replace(tzinfo=None) if isinstance(value, datetime) else value for name, value in customer.items()}
    query = f"select {text} from (select {columns}, cast($now_at as timestamp) as now_at)"
    (row,) = connection.execute(query, {**plain, "now_at": AT.replace(tzinfo=None)}).fetchall()
    return row[0]


def of_interpreter(condition: str, customer: dict[str, Any]) -> bool | None:
    known = {name: as_micros(value) if isinstance(value, datetime) else value for name, value in customer.items()}
    return answer(read_sql(condition), as_micros(AT), **known)


def as_micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize("seed", range(6))
def test_a_condition_answers_as_sql_does(seed: int) -> None:
    connection, conditions, asked = duckdb.connect(), Conditions(seed), 0
    connection.execute("set timezone = 'UTC'")
    for _ in range(40):
        condition = conditions.condition()
        try:
            read_sql(condition)
        except UserError:
            continue
        for _ in range(3):
            customer = conditions.customer()
            asked += 1
            assert of_interpreter(condition, customer) == of_duckdb(connection, condition, customer), (condition, customer)
    assert asked > 80
