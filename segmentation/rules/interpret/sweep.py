"""What the ledger must say about one customer: every transition in an interval, worked out by asking at each breakpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segmentation.rules.facts import CAUSES, Cause, Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret.customer import Customer
from segmentation.rules.interpret.flips import breakpoints_of, pieces
from segmentation.rules.interpret.statuses import NONE, Status, StatusName, statuses
from segmentation.rules.model import Micros
from segmentation.rules.vocabulary import Vocabulary


@dataclass(frozen=True)
class Transition:
    """From `effective_at` on the customer has this status; `definition` is the version that says so, as `slug@version`."""

    segment: str
    effective_at: Micros
    status: StatusName
    outranked_by: str | None
    cause: Cause
    definition: str


def breakpoints(
    in_force: Sequence[InForce], facts: Iterable[Fact], from_: Micros, until: Micros, *, vocabulary: Vocabulary, customer_id: str = ""
) -> list[Micros]:
    """In [from_, until], in order: every instant at which any answer about the customer may change (and some at which none does)."""
    return find_breakpoints(Customer(customer_id, facts, tuple(in_force), vocabulary), from_, until)


def find_breakpoints(customer: Customer, start: Micros, end: Micros) -> list[Micros]:
    """The same for a customer at hand: each state of the definitions is asked in its own interval."""
    found: set[Micros] = set()
    for piece, first, last in pieces(customer, start, end):
        found.add(first)
        for segment in piece.rule_set.segments:
            found.update(breakpoints_of(segment.rule, customer, first, last))
    return sorted(found)


def sweep(
    in_force: Sequence[InForce],
    facts: Iterable[Fact],
    customer_id: str,
    from_: Micros,
    until: Micros,
    *,
    history_since: Micros | None = None,
    vocabulary: Vocabulary,
) -> list[Transition]:
    """Every transition in [from_, until], by instant and then segment: what differs from the baseline at from_ - 1 us, and from then on.

    No point lies before `history_since`; at it everything that is not `none` begins, with cause `start`.
    """
    return sweep_customer(Customer(customer_id, facts, tuple(in_force), vocabulary), from_, until, history_since)


def sweep_customer(customer: Customer, from_: Micros, until: Micros, history_since: Micros | None = None) -> list[Transition]:
    """The same for a customer at hand."""
    is_start = history_since is not None and from_ <= history_since
    start = history_since if history_since is not None and is_start else from_
    before = {} if is_start else statuses(customer, start - 1)
    found: list[Transition] = []
    for instant in sorted({start, *find_breakpoints(customer, start, until)}) if start <= until else ():
        now = statuses(customer, instant)
        cause = "start" if is_start and instant == start else cause_at(customer, instant)
        found.extend(_transitions(customer, instant, before, now, cause))
        before = now
    return found


def _transitions(customer: Customer, at: Micros, before: dict[str, Status], now: dict[str, Status], cause: Cause) -> Iterator[Transition]:
    for slug in sorted({*before, *now}):
        status = now.get(slug, NONE)
        if status != before.get(slug, NONE):
            yield Transition(slug, at, status.status, status.outranked_by, cause, definition_of(customer, slug, at))


def definition_of(customer: Customer, slug: str, at: Micros) -> str:
    """The version in force; of a segment that the definitions in force lack, the last there was."""
    for piece in reversed(customer.in_force):
        if slug in piece.versions and (piece.effective_from is None or piece.effective_from <= at):
            return f"{slug}@{piece.versions[slug]}"
    return f"{slug}@0"


def cause_at(customer: Customer, at: Micros) -> Cause:
    """The kind of what begins at an instant, the first of CAUSES; `time` where nothing does."""
    begins: set[Cause] = {fact.cause for fact in customer.facts if fact.begins_at == at}
    if any(fact.cause == "list" and fact.valid_until == at for fact in customer.facts):
        begins.add("list")  # being taken off a list is a statement of that list
    if any(piece.effective_from == at for piece in customer.in_force):
        begins.add("definition")
    return next((cause for cause in CAUSES if cause in begins), "time")
