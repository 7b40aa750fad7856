"""How long facts are kept: `keep: 3 years`. Years and months count 365 and 30 days, the least they last."""

from __future__ import annotations

import re

from segmentation.rules.given import Given
from segmentation.rules.parse.instants import read_duration
from segmentation.rules.parse.scope import Scope
from segmentation.rules.values import Micros
from segmentation.settings import UNITS

_CALENDAR = re.compile(r"\s*(\d{1,4})\s*(month|year)s?\s*")
_DAYS = {"month": 30, "year": 365}


def read_keep(scope: Scope, given: Given | None) -> Micros | None:
    """Microseconds, or None for ever."""
    if given is None or given.value is None:
        return None
    match = _CALENDAR.fullmatch(str(given.value))
    if match and int(match[1]):
        return int(match[1]) * _DAYS[match[2]] * UNITS["day"]
    return read_duration(scope, given)
