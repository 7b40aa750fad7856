"""Hypothesis strategies and a plain seeded generator of cases: a vocabulary, a rule set of all node kinds, and histories of customers.

`generate_case(seed)` gives the same case on every machine; `cases()` lets hypothesis choose and shrink the draws of the same generator.
All instants lie on a grid (tests/property/generated_facts.py), so that boundaries are hit often.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Micros, RuleSet
from segmentation.rules.vocabulary import Vocabulary
from tests.property.generated_facts import AUTUMN, BASE, GRID, SPRING, STEPS, VOCABULARY, history, instant
from tests.property.generated_rules import rule_set


class Case(NamedTuple):
    vocabulary: Vocabulary
    rule_set: RuleSet
    customers: dict[str, list[Fact]]


def generate_case(seed: int, customers: int = 20, segments: int = 8) -> Case:
    """The case of a seed. Rules and all customers' facts lie on one grid, which begins at `base_of(seed)`."""
    return draw_case(Random(seed), base_of(seed), customers, segments)


def base_of(seed: int) -> Micros:
    """Where the grid of a seed begins: about a leap day, or about a change of clocks."""
    return (BASE, SPRING, AUTUMN)[seed % 3]


def span_of(base: Micros) -> tuple[Micros, Micros]:
    """From before the first fact to after the last window of the grid."""
    return base - 2 * GRID, base + (STEPS + 32) * GRID


def draw_case(rng: Random, base: Micros, customers: int = 3, segments: int = 8) -> Case:
    rules = rule_set(rng, base, segments)
    return Case(VOCABULARY, rules, {f"c{number}": history(rng, base) for number in range(customers)})


def always(rules: RuleSet, version: int = 1, effective_from: Micros | None = None) -> InForce:
    """The rule set in force, every slug in the same version."""
    slugs = [segment.slug for segment in rules.segments] + [group.default for group in rules.groups if group.default]
    return InForce(effective_from, rules, dict.fromkeys(slugs, version), f"v{version}")


def generate_definitions(seed: int, versions: int = 2, segments: int = 8) -> tuple[InForce, ...]:
    """States of the definitions that follow each other on the grid of the seed."""
    rng, base = Random(f"definitions {seed}"), base_of(seed)
    starts = sorted({instant(rng, base) for _ in range(versions - 1)})
    return tuple(always(rule_set(rng, base, segments), number, start) for number, start in enumerate((None, *starts), start=1))


def cases(customers: int = 2, segments: int = 8) -> st.SearchStrategy[Case]:
    """Cases whose draws hypothesis chooses."""
    draws = st.tuples(st.randoms(use_true_random=False), st.sampled_from((BASE, SPRING, AUTUMN)))
    return draws.map(lambda drawn: draw_case(drawn[0], drawn[1], customers, segments))
