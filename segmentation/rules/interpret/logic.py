"""SQL's logic of three answers."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def all_of(answers: Iterable[Truth]) -> Truth:
    """False as soon as one is; else unknown where one is."""
    is_unknown = False
    for answer in answers:
        if answer is False:
            return False
        is_unknown |= answer is None
    return None if is_unknown else True


def any_of(answers: Iterable[Truth]) -> Truth:
    """True as soon as one is; else unknown where one is."""
    is_unknown = False
    for answer in answers:
        if answer:
            return True
        is_unknown |= answer is None
    return None if is_unknown else False


def negation(answer: Truth) -> Truth:
    return None if answer is None else not answer
