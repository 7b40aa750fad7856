"""Spark's decision equals the plain-Python interpreter's sweep: generated rules and histories, all operators, exact boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle, pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from segmentation.rules import model as m
from segmentation.rules.compile.selections import is_moving
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret.sweep import sweep
from tests.property.generated_rules import DURATIONS, Rules
from tests.property.rule_words import FUNCTIONS
from tests.property.strategies import always, base_of, generate_case, span_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from segmentation.rules.vocabulary import Vocabulary

pytestmark = pytest.mark.spark
PUT_TOGETHER = ("minimum", "maximum", "median", "distinct", "first", "last", "latest", "most_frequent", "values")
Row = tuple[str, int, str, str, str | None, str, str]


def decided_by_spark(
    spark: SparkSession, in_force: Sequence[InForce], vocabulary: Vocabulary, histories: Mapping[str, Sequence[Fact]], start: int, end: int
) -> set[Row]:
    from pyspark.sql import functions as F

    from segmentation.decision.decide import decide
    from segmentation.rules.compile import compile_program
    from tests.property.frames import fact_frames

    rows = [(customer, start, end) for customer in histories]
    touched = spark.createDataFrame(rows, "customer_id string, from_us long, as_of_us long").withColumn("customer_key", F.xxhash64("customer_id"))
    program = compile_program(tuple(in_force), vocabulary)
    decision = decide(fact_frames(spark, vocabulary, histories), touched, program, vocabulary)
    found = decision.transitions.selectExpr(
        "customer_id", "unix_micros(effective_at) as at", "segment", "status", "outranked_by", "cause", "definition"
    ).collect()
    decision.release()
    return {tuple(row) for row in found}


def decided_by_interpreter(
    in_force: Sequence[InForce], vocabulary: Vocabulary, histories: Mapping[str, Sequence[Fact]], start: int, end: int
) -> set[Row]:
    return {
        (customer, t.effective_at, t.segment, t.status, t.outranked_by, t.cause, t.definition)
        for customer, facts in histories.items()
        for t in sweep(in_force, facts, customer, start, end, vocabulary=vocabulary)
    }


def distinctly(seed: int, in_force: Sequence[InForce]) -> tuple[InForce, ...]:
    """Fingerprints of their own: programs are cached by them."""
    return tuple(replace(each, fingerprint=f"{seed}/{hash(each.rule_set)}/{each.fingerprint}") for each in in_force)


def test_spark_and_the_interpreter_agree_on_every_transition(spark: SparkSession) -> None:
    assert_they_agree(spark, seed=0)


def test_they_agree_on_more_cases_too(spark: SparkSession, request: pytest.FixtureRequest) -> None:
    seeds = request.config.getoption("--proof-seeds")
    if not seeds:
        pytest.skip("half a minute for each case: scripts/prove tries more")
    for seed in range(1, 1 + seeds):
        assert_they_agree(spark, seed)


def test_they_agree_on_what_cannot_be_kept(spark: SparkSession) -> None:
    """Sequences, functions whose answer has to be put together anew, and the past of attributes, over facts that cease to count."""
    rules = Rules(Random("hard"), base_of(1))
    values = [rules.aggregate_of(function) for function in PUT_TOGETHER for _ in range(3)]
    compared = [m.Compare(value, rules.comparison(value.type), "v") for value in values]
    past = [*(rules.attribute_for() for _ in range(8)), *(m.AttributeChanged(rules.attribute(), rules.rng.choice(DURATIONS)) for _ in range(4))]
    segments = [m.SegmentRule(f"s{number}", rule) for number, rule in enumerate((*compared, *(rules.sequence() for _ in range(14)), *past))]
    assert_they_agree(spark, 1, m.RuleSet(tuple(segments), ()))


def test_they_agree_on_facts_that_come_and_go_by_themselves(spark: SparkSession) -> None:
    """Selections whose facts count along several stretches, or by an instant of their own: each as a count, a value, a step."""
    rules = Rules(Random("stretches"), base_of(1))
    moving = [selection for selection in (rules.selection() for _ in range(600)) if comes_and_goes(selection)][:40]
    values = [replace(rules.aggregate_of(function), selection=each) for each, function in zip(moving, cycle(FUNCTIONS), strict=False)]
    compared = [m.Compare(value, rules.comparison(value.type), "v") for value in values]
    steps = [m.Step(replace(each, window=m.Window(), newest=None, matched_by=None)) for each in moving if each.where]
    sequences = [m.Sequence((first, second), None) for first, second in pairwise(steps[:8])]
    segments = [m.SegmentRule(f"s{number}", rule) for number, rule in enumerate((*compared, *sequences, *(m.Did(each) for each in moving[:10])))]
    assert_they_agree(spark, 1, m.RuleSet(tuple(segments), ()))


def comes_and_goes(selection: m.Selection) -> bool:
    since = selection.window.since
    return any(map(is_moving, selection.where)) or selection.matched_by is not None or (since is not None and since.zone == "customer")


def assert_they_agree(spark: SparkSession, seed: int, rules: m.RuleSet | None = None) -> None:
    case = generate_case(seed, customers=60, segments=40)
    start, end = span_of(base_of(seed))
    in_force = distinctly(seed, (always(rules or case.rule_set),))
    expected = decided_by_interpreter(in_force, case.vocabulary, case.customers, start, end)
    assert decided_by_spark(spark, in_force, case.vocabulary, case.customers, start, end) == expected
    assert len(expected) > 100
