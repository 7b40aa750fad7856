"""Which lake tables hold facts in this project, and their state at a plan's versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import DataFrame

from segmentation.adapters.lake import Lake
from segmentation.rules.vocabulary import Vocabulary
from segmentation.tables import EVENTS, LIST_ENTRIES, SCORES, versions_of


def fact_tables(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Names of the tables a decision reads: events, versions of every declared table, and lists and scores where there are any."""
    places = {place for attribute in vocabulary.attributes.values() for place in attribute.places}
    tables = {name for name, kind in vocabulary.facts.items() if kind.cause == "table"} | {p for p in places if p not in vocabulary.facts}
    extra = [LIST_ENTRIES.name] if vocabulary.lists else []
    extra += [SCORES.name] if vocabulary.scores else []
    return (EVENTS.name, *sorted(map(versions_of, tables)), *extra)


def pinned(lake: Lake, versions: Mapping[str, int], tables: Iterable[str]) -> dict[str, DataFrame]:
    """Each table as the plan saw it; one that did not exist then is left out."""
    return {table: lake.read(table, versions[table]) for table in tables if versions.get(table, -1) >= 0}


def new_rows(lake: Lake, before: Mapping[str, int], after: Mapping[str, int], tables: Iterable[str]) -> dict[str, DataFrame]:
    """Rows committed after `before`, up to `after`; only tables with new commits."""
    return {table: lake.read_new_rows(table, before.get(table, -1), after[table]) for table in tables if after.get(table, -1) > before.get(table, -1)}
