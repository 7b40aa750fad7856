"""The interpreter against brute force: no answer flips off a breakpoint, and a sweep is what asking at every instant gives."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret import Customer, statuses, sweep
from segmentation.rules.interpret.statuses import NONE, Status
from segmentation.rules.interpret.sweep import find_breakpoints
from tests.property.generated_facts import GRID, VOCABULARY, history
from tests.property.generated_rules import leaves
from tests.property.strategies import always, base_of, generate_case, generate_definitions, span_of

HOUR = GRID // 6
Answers = dict[str, Status]


def _known(answers: Answers) -> Answers:
    return {slug: status for slug, status in answers.items() if status != NONE}


def _check_flips_lie_on_breakpoints(customer_id: str, in_force: tuple[InForce, ...], facts: list[Fact], start: int, end: int) -> int:
    """Between any two breakpoints the answers at both ends, and at every hour, and just before each, are equal."""
    customer = Customer(customer_id, facts, in_force, VOCABULARY)
    edges = [start, *find_breakpoints(customer, start, end), end + 1]
    probes = sorted({*range(start, end, HOUR), *(edge - 1 for edge in edges), *edges})
    fresh = Customer(customer_id, facts, in_force, VOCABULARY)
    flips, last, known = 0, None, set(edges)
    for probe in probes:
        if not start <= probe <= end:
            continue
        now = _known(statuses(fresh, probe))
        if last is not None and now != last:
            assert probe in known, f"{customer_id} flips at {probe} ({(probe - start) / HOUR} h), which is no breakpoint: {last} -> {now}"
            flips += 1
        last = now
    return flips


@pytest.mark.parametrize("seed", range(24))
def test_no_answer_flips_off_a_breakpoint(seed: int) -> None:
    case = generate_case(seed, customers=3)
    start, end = span_of(base_of(seed))
    for customer_id, facts in case.customers.items():
        _check_flips_lie_on_breakpoints(customer_id, (always(case.rule_set),), facts, start, end)


@pytest.mark.parametrize("seed", range(40))
def test_no_leaf_flips_off_a_breakpoint_of_the_few_facts_there_are(seed: int) -> None:
    check_leaves(seed)


def check_leaves(seed: int) -> None:
    """Few facts, or the beginnings of others would stand in for the breakpoint that is missing."""
    rng, base = Random(seed), base_of(seed)
    start, end = span_of(base)
    in_force = (always(leaves(rng, base, 40)),)
    for number in range(4):
        facts = history(rng, base)
        _check_flips_lie_on_breakpoints(f"c{number}", in_force, rng.sample(facts, min(2 * number + 1, len(facts))), start, end)


@pytest.mark.parametrize("seed", range(12))
def test_no_answer_flips_off_a_breakpoint_when_definitions_change(seed: int) -> None:
    start, end = span_of(base_of(seed))
    facts = history(Random(seed), base_of(seed))
    _check_flips_lie_on_breakpoints("c", generate_definitions(seed, versions=3), facts, start, end)


@pytest.mark.parametrize("seed", range(12))
def test_a_sweep_in_pieces_says_what_one_sweep_says(seed: int) -> None:
    case = generate_case(seed, customers=2)
    start, end = span_of(base_of(seed))
    in_force = generate_definitions(seed)
    cuts = [start, *sorted(Random(seed).randrange(start, end) for _ in range(4)), end]
    for customer_id, facts in case.customers.items():
        whole = sweep(in_force, facts, customer_id, start, end, vocabulary=VOCABULARY)
        pieces = [sweep(in_force, facts, customer_id, first + (first != start), last, vocabulary=VOCABULARY) for first, last in pairwise(cuts)]
        assert [transition for piece in pieces for transition in piece] == whole


@pytest.mark.parametrize("seed", range(12))
def test_neither_the_order_nor_the_repetition_of_facts_matters(seed: int) -> None:
    case = generate_case(seed, customers=2)
    start, end = span_of(base_of(seed))
    for customer_id, facts in case.customers.items():
        shuffled = [*facts, *(fact for fact in facts if fact.cause == "event")]
        Random(seed).shuffle(shuffled)
        first, second = (sweep((always(case.rule_set),), each, customer_id, start, end, vocabulary=VOCABULARY) for each in (facts, shuffled))
        assert first == second


def test_generated_cases_move() -> None:
    """The generator is worth its name: most segments have somebody, at some time, and somebody leaves."""
    statuses_seen: set[tuple[str, str]] = set()
    for seed in range(12):
        case = generate_case(seed, customers=4)
        start, end = span_of(base_of(seed))
        for customer_id, facts in case.customers.items():
            found = sweep((always(case.rule_set),), facts, customer_id, start, end, vocabulary=VOCABULARY)
            statuses_seen |= {(transition.segment, transition.status) for transition in found}
    assert {status for _, status in statuses_seen} == {"none", "active", "outranked"}
    assert len(statuses_seen) >= 18
