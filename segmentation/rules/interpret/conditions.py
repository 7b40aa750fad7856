"""The meaning of every condition that is not a reference to a segment or a sequence."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from segmentation.rules import model as m
from segmentation.rules.interpret.comparisons import compare
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.evaluation import Truth, answers, evaluate, value_of
from segmentation.rules.interpret.logic import all_of, any_of, negation
from segmentation.rules.interpret.selections import passes, select
from segmentation.rules.interpret.zones import anniversary, local_date


@answers(m.Compare)
def _compare(node: m.Compare, point: Point) -> Truth:
    return compare(value_of(node.value, point), node.comparison, point)


@answers(m.Did)
def _did(node: m.Did, point: Point) -> Truth:
    return compare(len(select(node.selection, point)), node.comparison, point)


@answers(m.DidNot)
def _did_not(node: m.DidNot, point: Point) -> Truth:
    return not select(node.selection, point)


@answers(m.EdgeHas)
def _edge_has(node: m.EdgeHas, point: Point) -> Truth:
    facts = select(node.selection, point)
    return passes(node.has, facts[-1 if node.edge == "last" else 0], point) if facts else False


@answers(m.Anniversary)
def _anniversary(node: m.Anniversary, point: Point) -> Truth:
    zone = point.zone(node.zone)
    value = value_of(node.value, point)
    if value is None:
        return None
    day = value if isinstance(value, date) else local_date(value, zone)
    today = local_date(point.at, zone)
    last = today + timedelta(days=node.days)
    return any(today <= anniversary(day, year) < last for year in range(today.year, last.year + 1))


@answers(m.ListedIn)
def _listed_in(node: m.ListedIn, point: Point) -> Truth:
    return bool(point.customer.entries(node.name).valid_at(point.at))


@answers(m.Sample)
def _sample(node: m.Sample, point: Point) -> Truth:
    digest = hashlib.sha256(f"{node.salt}:{point.customer.customer_id}".encode()).hexdigest()
    return int(digest[:13], 16) < node.bound


@answers(m.Lifetime)
def _lifetime(node: m.Lifetime, point: Point) -> Truth:
    return (node.starts_at is None or node.starts_at <= point.at) and (node.expires_at is None or point.at < node.expires_at)


@answers(m.Everyone)
def _everyone(_: m.Everyone, __: Point) -> Truth:
    return True


@answers(m.Constant)
def _constant(node: m.Constant, _: Point) -> Truth:
    return node.answer


@answers(m.ScalarCondition)
def _scalar_condition(node: m.ScalarCondition, point: Point) -> Truth:
    answer: Truth = value_of(node.value, point)
    return answer


@answers(m.All)
def _all(node: m.All, point: Point) -> Truth:
    return all_of(evaluate(child, point) for child in node.children)


@answers(m.AnyOf)
def _any(node: m.AnyOf, point: Point) -> Truth:
    return any_of(evaluate(child, point) for child in node.children)


@answers(m.NoneOf)
def _none(node: m.NoneOf, point: Point) -> Truth:
    return negation(any_of(evaluate(child, point) for child in node.children))


@answers(m.Not)
def _not(node: m.Not, point: Point) -> Truth:
    return negation(evaluate(node.child, point))


@answers(m.IfMissing)
def _if_missing(node: m.IfMissing, point: Point) -> Truth:
    answer = evaluate(node.child, point)
    return node.answer if answer is None else answer


@answers(m.Tree)
def _tree(node: m.Tree, point: Point) -> Truth:
    for when, then in node.branches:
        if evaluate(when, point):
            return evaluate(then, point)
    return evaluate(node.otherwise, point)
