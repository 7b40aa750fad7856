"""Nodes of a rule in words, close to the YAML they were written in: one function a node class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.interpret.zones import as_datetime
from segmentation.rules.types import INTEGER, Type
from segmentation.settings import UNITS

Names = Mapping[m.Value, str]
"""What users call a value: the names of traits."""


# ---------------------------------------------------------------- times and operands
def duration_words(micros: m.Micros) -> str:
    """The largest unit that divides it: 2592000000000 is `30 days`; weeks are written as days. SQL's strict bounds are 1 microsecond more."""
    if micros > UNITS["second"] and micros % UNITS["second"] == 1:
        return f"{duration_words(micros - 1)} and 1 microsecond"
    for unit in ("day", "hour", "minute", "second", "microsecond"):
        count, rest = divmod(micros, UNITS[unit])
        if rest == 0 and (count or unit == "microsecond"):
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{micros} microseconds"


def instant_words(at: m.Micros) -> str:
    moment = as_datetime(at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{moment.microsecond:06d}" if moment.microsecond else "") + "Z"


def value_words(value: Any, kind: Type | None = None) -> str:
    """A value as a reader writes it; `missing` where there is none."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(value_words(each, kind.element if kind else None) for each in value)}]"
    if kind is not None and kind.name == "timestamp" and isinstance(value, int):
        return instant_words(value)
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value.isoformat() if isinstance(value, date) else str(value)


def _since(since: m.Since) -> str:
    if since.unit is None:
        return instant_words(since.instant or 0)
    moved = f" {since.offset:+d} days" if since.offset else ""
    return f"start of {since.unit}{moved} ({since.zone})"


def comparison_words(comparison: m.Comparison, kind: Type) -> str:
    """`at least 3`, `within 30 days`, `is gold, ignoring case`."""
    operand = comparison.operand
    if comparison.op == "exists":
        return "is there" if operand else "is missing"
    if comparison.op in ("within", "older_than", "within_next"):
        text = duration_words(operand)
    elif isinstance(operand, m.Since):
        text = _since(operand)
    elif comparison.op == "between":
        text = " and ".join(value_words(each, kind) for each in operand)
    else:
        text = value_words(operand, kind.element if kind.name == "array" else kind)
    op = "after" if isinstance(operand, m.Since) and operand.strict else comparison.op.replace("_", " ")
    return f"{op} {text}{', ignoring case' if comparison.ignoring_case else ''}"


def tests_words(tests: tuple[m.PropertyTest, ...]) -> str:
    return " and ".join(
        f"{test.path} {comparison_words(test.comparison, test.type)}"
        + ("" if test.if_missing is None else f" (if missing {str(test.if_missing).lower()})")
        for test in tests
    )


def selection_words(selection: m.Selection) -> str:
    """The facts of a selection: `orders where status is paid within 30 days`."""
    window = selection.window
    parts = [
        selection.fact,
        f"where {tests_words(selection.where)}" if selection.where else "",
        f"within {duration_words(window.within)}" if window.within is not None else "",
        f"older than {duration_words(window.older_than)}" if window.older_than is not None else "",
        f"since {_since(window.since)}" if window.since is not None else "",
        f"newest {selection.newest}" if selection.newest is not None else "",
        f"matched by {selection.matched_by.event} on {selection.matched_by.on}" if selection.matched_by else "",
    ]
    return " ".join(part for part in parts if part)


# ---------------------------------------------------------------- values
def value_name(value: m.Value, names: Names) -> str:
    """The trait's name where it has one, else what it is."""
    return names.get(value) or VALUES[type(value)](value, names)


def _aggregate(value: m.Aggregate, _: Names) -> str:
    path = f"{value.path} of " if value.path else ""
    return f"{value.function.replace('_', ' ')} of {path}{selection_words(value.selection)}"


def _scalar(value: m.Scalar, names: Names) -> str:
    return value.expression.format(*(value_name(each, names) for each in value.inputs))


VALUES: dict[type, Callable[[Any, Names], str]] = {
    m.Aggregate: _aggregate,
    m.Ratio: lambda value, names: f"({value_name(value.numerator, names)}) / ({value_name(value.denominator, names)})",
    m.Arithmetic: lambda value, names: {"difference": " - ", "sum_of": " + "}[value.function].join(value_name(x, names) for x in value.operands),
    m.AttributeValue: lambda value, _: value.name,
    m.ScoreValue: lambda value, _: f"score {value.model}",
    m.RankValue: lambda value, _: f"rank of {value.of} in {value.bands}",
    m.Scalar: _scalar,
}


# ---------------------------------------------------------------- conditions
def condition_words(condition: m.Condition, names: Names) -> str:
    return CONDITIONS[type(condition)](condition, names)


def _compare(node: m.Compare, names: Names) -> str:
    """A count without a name is what `did` and `did_not` become."""
    is_asked = node.comparison.op != "exists" and not node.name and node.value not in names
    if is_asked and isinstance(node.value, m.Aggregate) and node.value.function == "count":
        is_none = node.comparison in (m.Comparison("is", 0), m.Comparison("below", 1), m.Comparison("at_most", 0))
        return f"did not {selection_words(node.value.selection)}" if is_none else _did(m.Did(node.value.selection, node.comparison), names)
    return f"{node.name or value_name(node.value, names)} {comparison_words(node.comparison, node.value.type)}"


def _did(node: m.Did, _: Names) -> str:
    is_plain = node.comparison == m.Comparison("at_least", 1)
    count = "" if is_plain else f" {comparison_words(node.comparison, INTEGER)} times"
    return f"did {selection_words(node.selection)}{count}"


def _reference(slug: str, active: bool) -> str:
    return f"{slug}{' (status active)' if active else ''}"


def _sequence(node: m.Sequence, _: Names) -> str:
    steps = (
        f"{'did not' if step.negated else 'did'} {selection_words(step.selection)}"
        + (f" within {duration_words(step.within)}" if step.within is not None else "")
        for step in node.steps
    )
    return f"sequence: {', then '.join(steps)}" + (f"; for {duration_words(node.within)} from then on" if node.within is not None else "")


def _lifetime(node: m.Lifetime, _: Names) -> str:
    bounds = [
        f"from {instant_words(node.starts_at)}" if node.starts_at is not None else "",
        f"until {instant_words(node.expires_at)}" if node.expires_at is not None else "",
    ]
    return "lives " + (" ".join(bound for bound in bounds if bound) or "for ever")


CONDITIONS: dict[type, Callable[[Any, Names], str]] = {
    m.Compare: _compare,
    m.Did: _did,
    m.DidNot: lambda node, _: f"did not {selection_words(node.selection)}",
    m.EdgeHas: lambda node, _: f"{node.edge} {selection_words(node.selection)} has {tests_words(node.has)}",
    m.InSegment: lambda node, _: f"{'not ' if node.negated else ''}in segment {_reference(node.slug, node.active)}",
    m.InSegmentFor: lambda node, _: f"in segment {_reference(node.slug, node.active)} for {duration_words(node.duration)}",
    m.Entered: lambda node, _: f"entered {_reference(node.slug, node.active)} within {duration_words(node.within)}",
    m.AttributeFor: lambda node, _: f"{node.value.name} {comparison_words(node.comparison, node.value.type)} for {duration_words(node.duration)}",
    m.AttributeChanged: lambda node, _: f"{node.value.name} changed within {duration_words(node.within)}",
    m.Anniversary: lambda node, _: f"{node.value.name} has its anniversary within the next {node.days} days ({node.zone})",
    m.Sequence: _sequence,
    m.ListedIn: lambda node, _: f"listed in {node.name}",
    m.Sample: lambda node, _: f"sample {node.share or node.bound} by '{node.salt}'",
    m.Lifetime: _lifetime,
    m.Everyone: lambda *_: "everyone",
    m.Constant: lambda node, _: "always" if node.answer else "never",
    m.ScalarCondition: lambda node, names: value_name(node.value, names),
    m.All: lambda *_: "all of",
    m.AnyOf: lambda *_: "any of",
    m.NoneOf: lambda *_: "none of",
    m.Not: lambda *_: "not",
    m.IfMissing: lambda node, _: f"if missing {str(node.answer).lower()}",
    m.Tree: lambda *_: "tree: the first that is true decides",
}
