"""Normalized rules mean what was written: the same three-valued answer at every breakpoint, found by hypothesis."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from segmentation.rules.interpret import Customer, evaluate
from segmentation.rules.interpret.sweep import find_breakpoints
from segmentation.rules.normalize import normalize, normalize_rules
from tests.property.generated_facts import GRID, STEPS
from tests.property.strategies import Case, always, cases


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases(customers=2, segments=6))
def test_a_normalized_rule_answers_as_the_written_one_unknown_included(case: Case) -> None:
    in_force = (always(case.rule_set),)
    for customer_id, facts in case.customers.items():
        customer = Customer(customer_id, facts, in_force, case.vocabulary)
        start = min((fact.begins_at for fact in facts), default=0)
        for instant in find_breakpoints(customer, start, start + STEPS * GRID)[:60]:
            point = customer.at(instant)
            for segment in case.rule_set.segments:
                assert evaluate(normalize(segment.rule), point) is evaluate(segment.rule, point), f"{segment.slug} of {customer_id} at {instant}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases(customers=0, segments=8))
def test_normalizing_twice_is_normalizing_once(case: Case) -> None:
    once = normalize_rules(case.rule_set)
    assert normalize_rules(once) == once
