"""Counts over one kind of fact know of each other: facts of 30 days are among those of 90, facts that pass two tests among those of one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from segmentation.rules.check_domains import Domain
from segmentation.rules.values import Aggregate, Selection


def refutes(facts: Mapping[Hashable, Domain]) -> bool:
    """Whether some count would have to be larger than a count that contains it."""
    counts = [(key, domain) for key, domain in facts.items() if isinstance(key, Aggregate) and key.function == "count" and domain.intervals]
    least = [(key.selection, domain.intervals[0].low) for key, domain in counts if domain.intervals[0].low.value]
    most = [(key.selection, domain.intervals[-1].high) for key, domain in counts if not domain.intervals[-1].high.infinite]
    return any(low.key() > high.key() and is_within(fewer, more) for fewer, low in least for more, high in most)


def is_within(fewer: Selection, more: Selection) -> bool:
    """Whether every fact of one selection is one of the other, at every instant."""
    if fewer.newest is not None or more.newest is not None or not set(fewer.kinds) <= set(more.kinds):
        return False
    if more.matched_by not in (None, fewer.matched_by) or not set(more.where) <= set(fewer.where):
        return False
    narrow, wide = fewer.window, more.window
    return (
        (wide.within is None or (narrow.within is not None and narrow.within <= wide.within))
        and (wide.older_than is None or (narrow.older_than is not None and narrow.older_than >= wide.older_than))
        and (wide.since is None or narrow.since == wide.since)
    )
