"""Why a customer is, or is not, in a segment at an instant: the rule tree with answers, the group's winner, and what comes by itself."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.rules.explain.evidence import Evidence
from segmentation.rules.explain.future import Change, next_change
from segmentation.rules.explain.tree import Node, explain_condition
from segmentation.rules.explain.words import Names, duration_words, instant_words, value_words
from segmentation.rules.interpret.customer import Customer
from segmentation.rules.interpret.evaluation import Truth
from segmentation.rules.interpret.statuses import Status, catalogue, status, truth_of, winner
from segmentation.rules.interpret.sweep import definition_of
from segmentation.rules.model import Micros

__all__ = [
    "Change",
    "Evidence",
    "Explanation",
    "Node",
    "Standing",
    "duration_words",
    "explain",
    "explain_condition",
    "instant_words",
    "next_change",
    "value_words",
]


@dataclass(frozen=True)
class Standing:
    """The group of a segment at the instant: its order with each member's truth, and who won (the default, where nobody did)."""

    group: str
    winner: str | None
    members: tuple[tuple[str, Truth], ...]
    default: str | None = None


@dataclass(frozen=True)
class Explanation:
    """`rule` is None for a default (it has none), and where the definitions in force lack the segment."""

    customer_id: str
    segment: str
    at: Micros
    exists: bool
    status: Status
    definition: str
    rule: Node | None
    standing: Standing | None
    next: Change | None


def explain(customer: Customer, slug: str, at: Micros, names: Names | None = None) -> Explanation:
    """Everything that decides the status of one segment at one instant. names: value -> the trait's name, of normalized values."""
    point = customer.at(at)
    known = catalogue(point.in_force.rule_set) if point.in_force else None
    rule = known.rules.get(slug) if known else None
    return Explanation(
        customer_id=customer.customer_id,
        segment=slug,
        at=at,
        exists=customer.exists_at(at),
        status=status(slug, point),
        definition=definition_of(customer, slug, at),
        rule=explain_condition(rule, point, names) if rule is not None else None,
        standing=_standing(customer, slug, at),
        next=next_change(customer, slug, at),
    )


def _standing(customer: Customer, slug: str, at: Micros) -> Standing | None:
    point = customer.at(at)
    group = catalogue(point.in_force.rule_set).group_of.get(slug) if point.in_force else None
    if group is None:
        return None
    first = winner(group, point)
    members = tuple((member, truth_of(member, point)) for member in group.order)
    is_default = first is None and group.default is not None and customer.exists_at(at)
    return Standing(group.name, group.default if is_default else first, members, group.default)
