"""Never late: whatever happens to a customer by itself next, the engine has planned to look by then.

A sweep of the interpreter into the future finds what happens next; tests/property/test_oracle.py holds that sweep against brute force.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret.sweep import sweep
from tests.property.generated_facts import VOCABULARY, history, instant
from tests.property.generated_rules import leaves
from tests.property.strategies import always, base_of, span_of
from tests.property.test_two_readings import distinctly

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


class Looked(NamedTuple):
    """A customer, up to which instant everything is decided, and the few facts there are: many would stand in for a due time that is missing."""

    as_of: int
    facts: list[Fact]


def customers(seed: int, count: int) -> dict[str, Looked]:
    chance, base = Random(f"due {seed}"), base_of(seed)
    return {f"c{number}": Looked(instant(chance, base), _few(history(chance, base), chance)) for number in range(count)}


def _few(facts: list[Fact], chance: Random) -> list[Fact]:
    return chance.sample(facts, min(chance.randrange(1, 6), len(facts)))


def due_of(spark: SparkSession, in_force: Sequence[InForce], looked_at: Mapping[str, Looked]) -> dict[str, int]:
    from pyspark.sql import functions as F

    from segmentation.decision.decide import decide
    from segmentation.rules.compile import compile_program
    from tests.property.frames import fact_frames

    rows = [(customer, looked.as_of, looked.as_of) for customer, looked in looked_at.items()]
    touched = spark.createDataFrame(rows, "customer_id string, from_us long, as_of_us long").withColumn("customer_key", F.xxhash64("customer_id"))
    frames = fact_frames(spark, VOCABULARY, {customer: looked.facts for customer, looked in looked_at.items()})
    decision = decide(frames, touched, compile_program(tuple(in_force), VOCABULARY), VOCABULARY)
    found = {row[0]: row[1] for row in decision.due.selectExpr("customer_id", "unix_micros(due_at)").collect()}
    decision.release()
    return found


def next_of(in_force: Sequence[InForce], looked_at: Mapping[str, Looked], end: int) -> Iterator[tuple[str, int, str]]:
    """customer, instant, segment of the first thing that happens after as_of."""
    for customer, looked in looked_at.items():
        for moved in sweep(in_force, looked.facts, customer, looked.as_of + 1, end, vocabulary=VOCABULARY)[:1]:
            yield customer, moved.effective_at, moved.segment


def test_what_happens_next_happens_when_it_is_due_or_later(spark: SparkSession, request: pytest.FixtureRequest) -> None:
    for seed in range(1 + request.config.getoption("--proof-seeds")):
        base = base_of(seed)
        in_force = distinctly(seed, (always(leaves(Random(f"due {seed}"), base, 12)),))
        looked_at = customers(seed, 300)
        due, happens = due_of(spark, in_force, looked_at), list(next_of(in_force, looked_at, span_of(base)[1]))
        late = [(customer, at, segment) for customer, at, segment in happens if due.get(customer, at + 1) > at]
        assert late == [], f"seed {seed}"
        assert sum(due[customer] == at for customer, at, _ in happens) > 50, "most of it happens just when it is due"
