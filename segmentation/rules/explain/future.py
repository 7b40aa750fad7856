"""When an answer will change by itself: with no new fact, and under the definitions in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret.customer import Customer
from segmentation.rules.interpret.flips import status_breakpoints
from segmentation.rules.interpret.statuses import Status, status
from segmentation.rules.interpret.zones import DAY
from segmentation.rules.model import Micros

HORIZON: Micros = 3653 * DAY
STRETCHES = (DAY, 8 * DAY, 40 * DAY, 400 * DAY, HORIZON)
"""Nearer instants are looked at before farther ones are even worked out."""


@dataclass(frozen=True)
class Change:
    """From `at` on the status is another."""

    at: Micros
    status: Status


def next_change(customer: Customer, slug: str, at: Micros) -> Change | None:
    """The first instant after `at` at which the status becomes another by itself; None where it never does within ten years."""
    as_known = Customer(customer.customer_id, _known(customer.facts, at), tuple(_decided(customer, at)), customer.vocabulary)
    now = status(slug, as_known.at(at))
    start = at
    for stretch in STRETCHES:
        for instant in status_breakpoints(as_known, slug, start + 1, at + stretch):
            then = status(slug, as_known.at(instant))
            if then != now:
                return Change(instant, then)
        start = at + stretch
    return None


def _known(facts: tuple[Fact, ...], at: Micros) -> Iterator[Fact]:
    """What has begun by `at`. A later version of a row is a new fact: until it comes the present one goes on. A list says its own end."""
    for fact in facts:
        if fact.begins_at <= at:
            is_open = fact.cause == "table" and fact.valid_until is not None and fact.valid_until > at
            yield replace(fact, valid_until=None) if is_open else fact


def _decided(customer: Customer, at: Micros) -> Iterator[InForce]:
    return (piece for piece in customer.in_force if piece.effective_from is None or piece.effective_from <= at)
