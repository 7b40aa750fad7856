"""Sets of values as unions of intervals, with or without missing: what a comparison leaves possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from segmentation.rules.types import Type


class End(NamedTuple):
    """An end of an interval; `infinite` is -1 below everything, 1 above everything; `side` is 1 just above the value, -1 just below, 0 at it."""

    infinite: int
    value: Any
    side: int

    def key(self) -> tuple[Any, ...]:
        return (self.infinite, self.value, self.side) if self.infinite == 0 else (self.infinite,)


LOWEST, HIGHEST = End(-1, None, 0), End(1, None, 0)


class Interval(NamedTuple):
    """From `low` to `high`, both in."""

    low: End
    high: End


@dataclass(frozen=True)
class Domain:
    """Disjoint intervals in order; `missing`: whether the value may be missing."""

    intervals: tuple[Interval, ...]
    missing: bool = False

    def __bool__(self) -> bool:
        return self.missing or bool(self.intervals)

    def meet(self, other: Domain) -> Domain:
        both = (Interval(max(a.low, b.low, key=End.key), min(a.high, b.high, key=End.key)) for a in self.intervals for b in other.intervals)
        return Domain(tuple(each for each in both if each.low.key() <= each.high.key()), self.missing and other.missing)

    def join(self, other: Domain) -> Domain:
        return Domain(_merged([*self.intervals, *other.intervals]), self.missing or other.missing)


def _merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for each in sorted(intervals, key=lambda interval: interval.low.key()):
        if merged and each.low.key() <= _after(merged[-1].high).key():
            merged[-1] = Interval(merged[-1].low, max(merged[-1].high, each.high, key=End.key))
        else:
            merged.append(each)
    return tuple(merged)


def _after(end: End) -> End:
    """The end just above one: [1, 2) and [2, 3] touch; of whole numbers, [1, 2] and [3, 4] do."""
    if end.infinite or end.side == 1:
        return end
    return End(0, end.value, end.side + 1)


ANYTHING = (Interval(LOWEST, HIGHEST),)
PRESENT, MISSING = Domain(ANYTHING), Domain((), missing=True)


def at(value: Any) -> End:
    return End(0, value, 0)


def point(value: Any) -> Interval:
    return Interval(at(value), at(value))


def span(low: Any, high: Any) -> Interval:
    """Both ends in; None is no end."""
    return Interval(LOWEST if low is None else at(low), HIGHEST if high is None else at(high))


def below(value: Any, kind: Type) -> Interval:
    if kind.name == "integer":
        return span(None, int(Decimal(value).to_integral_value(rounding="ROUND_CEILING")) - 1)
    return Interval(LOWEST, End(0, value, -1))


def above(value: Any, kind: Type) -> Interval:
    if kind.name == "integer":
        return span(int(Decimal(value).to_integral_value(rounding="ROUND_FLOOR")) + 1, None)
    return Interval(End(0, value, 1), HIGHEST)


def outside(values: Iterable[Any], kind: Type) -> Domain:
    """Everything but these values."""
    found = PRESENT
    for value in values:
        found = found.meet(Domain((below(value, kind), above(value, kind))))
    return found
