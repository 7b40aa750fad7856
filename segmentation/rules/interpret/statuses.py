"""What a customer's rules come to at an instant: truths, winners of groups, statuses; and the flips of these in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from segmentation.rules import model as m
from segmentation.rules.interpret.customer import Customer, Point
from segmentation.rules.interpret.evaluation import evaluate

StatusName = Literal["none", "active", "outranked"]


class Status(NamedTuple):
    status: StatusName
    outranked_by: str | None = None


NONE, ACTIVE = Status("none"), Status("active")


class Catalogue:
    """A rule set by slug."""

    def __init__(self, rule_set: m.RuleSet) -> None:
        self.rule_set = rule_set
        self.rules: Mapping[str, m.Condition] = {segment.slug: segment.rule for segment in rule_set.segments}
        self.group_of = {slug: group for group in rule_set.groups for slug in (*group.order, *((group.default,) if group.default else ()))}
        self.slugs = (*self.rules, *(group.default for group in rule_set.groups if group.default and group.default not in self.rules))

    def rules_behind(self, slug: str, active: bool) -> tuple[m.Condition, ...]:
        """The rules that the truth (active: the status) of a segment depends on at once."""
        group = self.group_of.get(slug)
        slugs = group.order if active and group else (slug,)
        return tuple(self.rules[each] for each in slugs if each in self.rules)


_CATALOGUES: dict[int, Catalogue] = {}


def catalogue(rule_set: m.RuleSet) -> Catalogue:
    """The catalogue of this very rule set, made once; it holds the rule set, so that its id stays its own."""
    found = _CATALOGUES.get(id(rule_set))
    if found is None:
        if len(_CATALOGUES) > 256:
            _CATALOGUES.clear()
        found = _CATALOGUES[id(rule_set)] = Catalogue(rule_set)
    return found


def holds(slug: str, point: Point) -> bool:
    """The segment's rule is true, for a customer that exists; unknown is not true."""
    return truth_of(slug, point) is True


def truth_of(slug: str, point: Point) -> bool | None:
    """What the segment's rule answers; false for somebody who does not exist yet."""
    piece = point.in_force
    if piece is None or not point.customer.exists_at(point.at):
        return False
    rule = catalogue(piece.rule_set).rules.get(slug)
    return rule is not None and evaluate(rule, point)


def winner(group: m.GroupOrder, point: Point) -> str | None:
    """The first of the order whose rule holds."""
    return next((slug for slug in group.order if holds(slug, point)), None)


def status(slug: str, point: Point) -> Status:
    """The status of one segment or default."""
    piece = point.in_force
    if piece is None or not point.customer.exists_at(point.at):
        return NONE
    known = catalogue(piece.rule_set)
    group = known.group_of.get(slug)
    if group is None:
        return ACTIVE if holds(slug, point) else NONE
    first = winner(group, point)
    if slug == group.default:
        return ACTIVE if first is None else NONE
    if slug == first:
        return ACTIVE
    return Status("outranked", first) if holds(slug, point) else NONE


def is_in(slug: str, active: bool, point: Point) -> bool:
    """What a reference asks: the rule, or with `active` the status."""
    return status(slug, point) == ACTIVE if active else holds(slug, point)


def statuses(customer: Customer, at: m.Micros) -> dict[str, Status]:
    """The status of every segment and default that the definitions in force know."""
    piece = customer.in_force_at(at)
    return {slug: status(slug, customer.at(at)) for slug in catalogue(piece.rule_set).slugs} if piece else {}
