"""Conditions about the course of an attribute: how long a comparison has held, and whether the value changed."""

from __future__ import annotations

from segmentation.rules import model as m
from segmentation.rules.interpret.attributes import changes
from segmentation.rules.interpret.comparisons import compare
from segmentation.rules.interpret.customer import Point
from segmentation.rules.interpret.evaluation import Truth, answers
from segmentation.rules.interpret.flips import breakpoints_of
from segmentation.rules.interpret.logic import all_of


@answers(m.AttributeFor)
def _attribute_for(node: m.AttributeFor, point: Point) -> Truth:
    """The comparison at every instant of [at - duration, at]; unknown where it was unknown at some and false at none."""
    start = point.at - node.duration
    flips = breakpoints_of(m.Compare(node.value, node.comparison), point.customer, start, point.at)
    instants = {start, *(instant for instant in flips if start < instant <= point.at)}
    return all_of(compare(point.customer.attribute(node.value.name, at), node.comparison, point.customer.at(at)) for at in instants)


@answers(m.AttributeChanged)
def _attribute_changed(node: m.AttributeChanged, point: Point) -> Truth:
    settings = point.customer.settings(node.value.name)
    return any(point.at - node.within < change.instant <= point.at for change in changes(settings))
