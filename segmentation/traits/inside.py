"""Within a sweep: what a fact's span is, once what lies before the first point is cut off."""

from __future__ import annotations

POINT = ("customer_key", "customer_id", "at")


def entering(span: int, fact: str = "") -> str:
    """The instant at which a fact enters; one that entered before the sweep does so at its first point, `floor`. Null where it had left."""
    enter, leave = f"{fact}e{span}", f"{fact}l{span}"
    return f"if({leave} > floor, if({enter} < floor, floor, {enter}), null)"


def leaving(span: int, fact: str = "") -> str:
    """The instant at which it leaves; null where it had left before."""
    return f"if({fact}l{span} > floor, {fact}l{span}, null)"


def in_sweep(instants: str) -> str:
    """The different instants of an array from the first point up to as_of."""
    return f"filter(array_distinct({instants}), i -> i >= floor and i <= as_of_us)"
