"""Everything known of one customer, read from the lake as plain facts for the interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructType, TimestampType

from segmentation.issues import UserError
from segmentation.pipelines.commit import Commits
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.fact_tables import fact_tables, pinned
from segmentation.pipelines.reading import micros
from segmentation.rules.facts import Cause, Fact


@dataclass(frozen=True)
class Decided:
    """What the ledger tells of: up to which instant (microseconds), and from which version of each table."""

    as_of: int
    versions: Mapping[str, int]


def last_decided(commits: Commits) -> Decided:
    """Of the newest batch that is finished. Raises UserError before the first one."""
    last = commits.last()
    if last is not None:
        is_finished = commits.unfinished() is None
        as_of, versions = (last.as_of, last.to_versions) if is_finished else (last.previous_as_of, last.from_versions)
        if as_of is not None:
            return Decided(as_of, versions)
    raise UserError.because("nothing has been decided yet", "Run `segmentation run --once` first.")


def facts_of(deployment: Deployment, customer_id: str, versions: Mapping[str, int]) -> list[Fact]:
    """Facts of all tables as of these versions; as many rows as one customer has."""
    facts: list[Fact] = []
    for table, rows in pinned(deployment.lake, versions, fact_tables(deployment.project.vocabulary)).items():
        facts.extend(_facts(deployment, table, _of(rows, customer_id)))
    return facts


def _of(rows: DataFrame, customer_id: str) -> DataFrame:
    mine = rows.where((F.col("customer_key") == F.xxhash64(F.lit(customer_id))) & (F.col("customer_id") == customer_id))
    instants = {field.name: F.unix_micros(field.name) for field in mine.schema.fields if isinstance(field.dataType, TimestampType)}
    return mine.withColumns(instants)


def _facts(deployment: Deployment, table: str, rows: DataFrame) -> Iterator[Fact]:
    found = rows.collect()
    if table == "events":
        yield from _events(found, rows.schema)
    elif table == "list_entries":
        newest = {(row["list"], row["added_at"]): row for row in sorted(found, key=lambda row: row["batch_id"])}
        for row in newest.values():
            yield Fact(row["list"], "list", str(row["added_at"]), row["added_at"], row["added_at"], row["removed_at"])
    elif table == "scores":
        for row in found:
            values = {"score": row["score"], "band": row["band"], "bands": row["bands"]}
            yield Fact(row["model"], "score", row["model_version"] or "", row["published_at"], row["published_at"], None, values)
    else:
        name = table.removesuffix("_versions")
        yield from _versions(name, found, rows.schema, is_facts=name in deployment.project.vocabulary.facts)


def _events(rows: list[Row], schema: StructType) -> Iterator[Fact]:
    gone = {(row["event"], row["event_id"]) for row in rows if row["is_retracted"]}
    kind = schema["properties"].dataType
    for row in rows:
        if (row["event"], row["event_id"]) not in gone:
            values = {key: value for key, value in _values(row["properties"], kind).items() if value is not None}
            values |= dict.fromkeys(row["null_properties"] or (), None)
            at = row["occurred_at"]
            yield Fact(row["event"], "event", row["event_id"], at, at, None, values, content_hash=row["content_hash"])


def _versions(name: str, rows: list[Row], schema: StructType, *, is_facts: bool) -> Iterator[Fact]:
    ordered = sorted(rows, key=lambda row: (row["fact_id"], row["commit"], row["position"]))
    kind = schema["properties"].dataType
    for row, following in zip_longest(ordered, ordered[1:]):
        is_same = following is not None and following["fact_id"] == row["fact_id"]
        until = following["valid_from"] if is_facts and is_same and following is not None else None
        occurred = row["occurred_at"] if is_facts else row["valid_from"]
        position = row["commit"] * 1_000_000 + row["position"]
        cause: Cause = "table" if is_facts else "attribute"
        yield Fact(
            name, cause, row["fact_id"], occurred, row["valid_from"], until, _values(row["properties"], kind), position, bool(row["is_deleted"])
        )


def _values(row: Row | None, kind: DataType) -> dict[str, Any]:
    """Properties as the interpreter wants them: instants in microseconds, arrays as tuples, objects as mappings."""
    assert isinstance(kind, StructType)
    return {field.name: _value(row[field.name] if row is not None else None, field.dataType) for field in kind.fields}


def _value(value: Any, kind: DataType) -> Any:
    if value is None:
        return None
    if isinstance(kind, TimestampType):
        return micros(value.astimezone())  # Spark hands out datetimes of the process's zone
    if isinstance(kind, StructType):
        return _values(value, kind)
    return tuple(value) if isinstance(value, list) else value
