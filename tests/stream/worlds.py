"""A lake into which a generated world arrives batch by batch, and what its ledger must say in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.membership.ledger import fold
from segmentation.pipelines.commit import Plan
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.model import Micros
from segmentation.settings import Settings
from tests.property.arrivals import Batch, World
from tests.property.frames import ddl, fact_frames, tables_of, union_of_properties
from tests.property.strategies import base_of, span_of
from tests.property.test_two_readings import Row, decided_by_interpreter, distinctly

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class WorldLake:
    """Rows are appended as ingestion and capture do; the definitions known are looked up by version of the table `definitions`."""

    def __init__(self, spark: SparkSession, folder: Path, world: World, seed: int) -> None:
        settings = Settings(lake=str(folder), clock="wall", snapshot_every="520 weeks").model_copy(update={"settle": 0})
        self.lake = Lake(spark, settings)
        self.world = world
        self.seed = seed
        self.known: dict[int, tuple[InForce, ...]] = {}
        self._written = 0
        frames = fact_frames(spark, world.vocabulary, {})
        versions = {name.removesuffix("_versions"): property_ddl(frame) for name, frame in frames.items() if name.endswith("_versions")}
        create_lake_tables(self.lake, ddl(union_of_properties(world.vocabulary, "event")), versions)
        self.evaluator = self.restart()

    def restart(self) -> Evaluator:
        """A new process: nothing is remembered."""
        self.evaluator = Evaluator(self.lake, self.world.vocabulary, lambda version: self.known[version], f"run {self._written}")
        return self.evaluator

    def arrive(self, batch: Batch) -> None:
        self.append(batch.rows)
        self.make_known(batch.known)

    def append(self, rows: Mapping[str, Sequence[Fact]]) -> None:
        self._written += 1
        tables = tables_of(rows)
        for table, frame in fact_frames(self.lake.spark, self.world.vocabulary, rows, self._written).items():
            if table in tables:
                self.lake.append(table, frame, "test", self._written)

    def make_known(self, definitions: Sequence[InForce]) -> None:
        version = self.lake.latest_version("definitions")
        known = distinctly(self.seed, definitions)
        if self.known.setdefault(version, known) != known:
            self.lake.append_rows("definitions", [{"name": "a document"}], "test", len(self.known))
            self.known[version + 1] = known

    def catch_up(self, now: Micros) -> list[Plan]:
        """Everything that has arrived, by a new process."""
        plans: list[Plan] = []
        self.restart().catch_up(now, plans.append)
        return plans

    def belief(self) -> set[Row]:
        return rows_of(fold(self.lake.read("membership_changes")))


def rows_of(transitions: DataFrame) -> set[Row]:
    columns = ("customer_id", "unix_micros(effective_at) as at", "segment", "status", "outranked_by", "cause", "definition")
    return {tuple(row) for row in transitions.selectExpr(*columns).collect()}


def members_at(membership: DataFrame) -> set[tuple[str, str, str, str | None]]:
    return {tuple(row) for row in membership.select("customer_id", "segment", "status", "outranked_by").collect()}


def property_ddl(frame: DataFrame) -> str:
    return ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in frame.schema["properties"].dataType.fields)


def truth_of(world: World, seed: int) -> set[Row]:
    """One sweep over all that is true, by the interpreter."""
    start, _ = span_of(base_of(seed))
    return decided_by_interpreter(distinctly(seed, world.definitions), world.vocabulary, world.truth, start - 10**12, world.batches[-1].now)
