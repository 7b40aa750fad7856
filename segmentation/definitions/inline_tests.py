"""The tests that segments carry, run in plain Python: one customer's facts, an instant, and what the segment must say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from segmentation.definitions.documents import Expectation, InlineFact, InlineTest, Project
from segmentation.definitions.segments import rule_set
from segmentation.issues import Where
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret import Customer, Point, Status, holds, status
from segmentation.rules.values import Micros

CUSTOMER = "customer"


@dataclass(frozen=True)
class InlineOutcome:
    """How a test went: `found` is the status, `holds` the rule's truth. `point` is the customer at the test's instant, for an explanation."""

    segment: str
    name: str
    expected: Expectation
    found: Status
    holds: bool
    is_passed: bool
    where: Where
    point: Point


PASSES: dict[Expectation, Callable[[bool, Status], bool]] = {
    "member": lambda is_member, _: is_member,
    "not member": lambda is_member, _: not is_member,
    "active": lambda _, found: found.status == "active",
    "outranked": lambda _, found: found.status == "outranked",
}


def run_inline_tests(project: Project, slugs: Iterable[str] | None = None) -> list[InlineOutcome]:
    """One outcome a test, of the segments named or of all, in order of declaration. An archived segment's tests have nothing to ask."""
    wanted = set(project.segments if slugs is None else slugs)
    in_force = (_inside_roll_outs(project),)
    segments = [segment for segment in project.segments.values() if segment.slug in wanted and not segment.archived]
    return [_run(segment.slug, test, project, in_force) for segment in segments for test in segment.tests]


def _inside_roll_outs(project: Project) -> InForce:
    """The rules as they are for somebody whom every roll-out has reached: a test asks about the rule, not about a share of customers."""
    whole = replace(project, segments={slug: replace(segment, rollout=None) for slug, segment in project.segments.items()})
    return InForce(None, rule_set(whole), {}, "")


def _run(slug: str, test: InlineTest, project: Project, in_force: tuple[InForce, ...]) -> InlineOutcome:
    point = Customer(CUSTOMER, facts_of(test.facts), in_force, project.vocabulary).at(test.at)
    is_member, found = holds(slug, point), status(slug, point)
    return InlineOutcome(slug, test.name, test.expect, found, is_member, PASSES[test.expect](is_member, found), test.where, point)


# ---------------------------------------------------------------- facts as written -> facts as captured
def facts_of(written: Iterable[InlineFact]) -> list[Fact]:
    """Facts as ingestion and capture would have them; rows of a facts table that share an id are versions of each other."""
    numbered = list(enumerate(written))
    rows: dict[tuple[str, str], list[InlineFact]] = {}
    facts: list[Fact] = []
    for number, fact in numbered:
        if fact.cause == "table":
            rows.setdefault((fact.name, _id(fact, number)), []).append(fact)
        else:
            facts.extend(MAKES[fact.cause](fact, number))
    for (_, fact_id), versions in rows.items():
        facts.extend(_versions(fact_id, versions))
    return facts


def _id(fact: InlineFact, number: int) -> str:
    return fact.fact_id if fact.fact_id is not None else f"{number:06d}"


def _event(fact: InlineFact, number: int) -> Iterator[Fact]:
    yield Fact(fact.name, "event", _id(fact, number), fact.occurred_at, fact.occurred_at, None, fact.properties)


def _attribute_row(fact: InlineFact, number: int) -> Iterator[Fact]:
    at = _changed_at(fact)
    yield Fact(fact.name, "attribute", CUSTOMER, at, at, None, fact.properties, number, fact.is_deleted)


def _entry(fact: InlineFact, number: int) -> Iterator[Fact]:
    yield Fact(fact.name, "list", _id(fact, number), fact.occurred_at, fact.occurred_at, fact.properties.get("removed_at"))


def _score(fact: InlineFact, number: int) -> Iterator[Fact]:
    """A score is published under the model's name, a band under the name and the number of bands."""
    at = fact.occurred_at
    if "score" in fact.properties:
        yield Fact(fact.name, "score", _id(fact, number), at, at, None, fact.properties)
    if "bands" in fact.properties:
        yield Fact(f"{fact.name}/{fact.properties['bands']}", "score", _id(fact, number), at, at, None, fact.properties)


MAKES: dict[str, Callable[[InlineFact, int], Iterator[Fact]]] = {
    "event": _event,
    "attribute": _attribute_row,
    "list": _entry,
    "score": _score,
}


def _changed_at(fact: InlineFact) -> Micros:
    return fact.occurred_at if fact.changed_at is None else fact.changed_at


def _versions(fact_id: str, written: list[InlineFact]) -> Iterator[Fact]:
    """In order of change: the first counts from its occurred_at on, each until the next begins, none before its predecessor."""
    ordered = sorted(written, key=_changed_at)
    starts: list[Micros] = []
    for version in ordered:
        starts.append(max(starts[-1], _changed_at(version)) if starts else version.occurred_at)
    for number, (version, start) in enumerate(zip(ordered, starts, strict=True)):
        until = starts[number + 1] if number + 1 < len(starts) else None
        yield Fact(version.name, "table", fact_id, version.occurred_at, start, until, version.properties, number, version.is_deleted)
