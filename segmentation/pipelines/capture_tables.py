"""CRM and order tables in: what changed in the user's tables becomes versions, what is wrong goes into quarantine."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.adapters.user_tables import Changes, UserTable
from segmentation.definitions.documents import Project, Table
from segmentation.pipelines.capture_lists import ListCapture
from segmentation.pipelines.commit import Commits, Plan
from segmentation.pipelines.stopping import Stopping
from segmentation.rules.types import Type
from segmentation.tables import BATCHES, LIST_ENTRIES, PLANS, QUARANTINE, VERSIONS, versions_of
from segmentation.timeline.capture import declared_columns, declared_rows, find_versions, latest_states, vanished_rows

JOB = "capture"
PART_COLUMNS = {QUARANTINE.name: "source", LIST_ENTRIES.name: "list"}
"""Where several tables or lists write into one table: the column that tells whose a row is."""


@dataclass(frozen=True)
class Captured:
    """Of one capture: candidate rows read, versions and list entries written, rows refused."""

    rows_in: int = 0
    events: int = 0
    quarantined: int = 0

    def __add__(self, other: Captured) -> Captured:
        return Captured(self.rows_in + other.rows_in, self.events + other.events, self.quarantined + other.quarantined)


def capture(lake: Lake, project: Project, *, run_id: str | None = None) -> Captured:
    """Capture once what has changed in all tables and lists; an unfinished capture is finished first, as it was planned.

    Raises UserError for every declared table or column that is not there, or where another process captures into this lake.
    """
    return TableCapture(lake, project, run_id or str(uuid.uuid4())).run()


def keep_capturing(lake: Lake, project: Project, *, stopping: Stopping | None = None) -> None:
    """Capture at every tick of the settings until SIGTERM or Ctrl-C; the capture that is going on is finished."""
    stopping = stopping or Stopping()
    captures = TableCapture(lake, project, str(uuid.uuid4()))
    with stopping.signals():
        captures.run()
        while not stopping.wait(lake.settings.tick / 1_000_000):
            captures.run()


class TableCapture:
    """Captures of one project. Nothing is planned when nothing has changed."""

    def __init__(self, lake: Lake, project: Project, run_id: str) -> None:
        self._lake = lake
        self._tables = project.tables
        self._sources = {name: UserTable(lake.spark, lake.settings, name, each.path, each.catalog_name) for name, each in project.tables.items()}
        self._lists = ListCapture(lake, project.lists)
        for table in (PLANS, BATCHES, QUARANTINE, LIST_ENTRIES):
            lake.create(table)
        for name, each in project.tables.items():
            lake.create(VERSIONS, _ddl(each.columns), name=versions_of(name))
            self._sources[name].latest_version()
            self._sources[name].require_columns(declared_columns(each))
        self._commits = Commits(lake, JOB, run_id)

    def run(self) -> Captured:
        self._commits.claim()
        unfinished = self._commits.unfinished()
        total = self._finish(unfinished) if unfinished else Captured()
        last = self._commits.last()
        before = dict(last.to_versions) if last else {}
        after = {**before, **{name: source.latest_version() for name, source in self._sources.items()}}
        lists = self._lists.states()
        lists_before = last.details.get("lists", {}) if last else {}
        changed_lists = [name for name, state in lists.items() if lists_before.get(name) != state]
        if after == before and not changed_lists:
            return total
        details = {"lists": lists, "changed_lists": changed_lists, "taken_at": time.time_ns() // 1000}
        return total + self._finish(self._commits.begin(from_versions=before, to_versions=after, kind="capture", details=details))

    def _finish(self, plan: Plan) -> Captured:
        start = time.perf_counter()
        total = Captured()
        for name, table in self._tables.items():
            from_version, to_version = plan.from_versions.get(name, -1), plan.to_versions.get(name)
            if to_version is not None and to_version != from_version:
                total += self._capture_table(plan, table, from_version, to_version)
        for name in plan.details.get("changed_lists", ()):
            total += self._capture_list(plan, name)
        seconds = {"capture": time.perf_counter() - start}
        self._commits.finish(plan, rows_in=total.rows_in, events=total.events, quarantined=total.quarantined, seconds=seconds)
        return total

    # ------------------------------------------------------------ tables
    def _capture_table(self, plan: Plan, table: Table, from_version: int, to_version: int) -> Captured:
        source = self._sources[table.name]
        changes = source.read_changes(from_version, to_version)
        rows = declared_rows(changes.rows, table, changes.commit, changes.committed_at, changes.is_deleted).persist()
        try:
            counts = rows.agg(F.count(F.lit(1)).alias("rows"), F.count_if(F.expr("size(reasons) > 0")).alias("refused")).first()
            states = self._states(plan, table, rows, is_whole=changes.is_whole)
            versions = find_versions(self._with_vanished(rows, states, source, to_version, changes), states, table.kind)
            written = self._append(versions_of(table.name), versions, plan)
            refused = self._append_refused(plan, table.name, rows) if counts and counts["refused"] else 0
        finally:
            rows.unpersist()
        return Captured(counts["rows"] if counts else 0, written, refused)

    def _states(self, plan: Plan, table: Table, rows: DataFrame, *, is_whole: bool) -> DataFrame:
        """The newest versions captured before this plan; of the facts in `rows` alone where those are only what changed."""
        name = versions_of(table.name)
        versions = self._lake.read_pinned(name).where(F.col("batch_id") < plan.batch_id)
        if not is_whole:
            versions = versions.join(F.broadcast(rows.select("fact_id").distinct()), on="fact_id", how="left_semi")
        return latest_states(versions)

    @staticmethod
    def _with_vanished(rows: DataFrame, states: DataFrame, source: UserTable, to_version: int, changes: Changes) -> DataFrame:
        if not changes.is_whole:
            return rows
        return rows.unionByName(vanished_rows(rows, states, to_version, source.committed_at(to_version)))

    def _append_refused(self, plan: Plan, source: str, rows: DataFrame) -> int:
        """Refused rows that are not in quarantine yet: a table without change feed shows them again each time."""
        known = self._lake.read_pinned(QUARANTINE.name).where((F.col("source") == source) & (F.col("batch_id") < plan.batch_id)).select("payload")
        refused = rows.where("size(reasons) > 0").join(known, on="payload", how="left_anti")
        columns = refused.selectExpr(
            f"'{source}' as source", "concat('version ', commit) as source_position", "payload",
            "cast(octet_length(payload) as bigint) as payload_bytes", "reasons", "committed_at as received_at", "'' as mapping_version",
            f"{plan.batch_id}L as batch_id", f"timestamp_micros({plan.recorded_at}L) as recorded_at",
        )  # fmt: skip
        return self._write(QUARANTINE.name, columns, plan, source)

    # ------------------------------------------------------------ lists
    def _capture_list(self, plan: Plan, name: str) -> Captured:
        rows = self._lists.rows(name).persist()
        try:
            counts = rows.agg(F.count(F.lit(1)).alias("rows"), F.count_if(F.expr("size(reasons) > 0")).alias("refused")).first()
            written = self._append(LIST_ENTRIES.name, self._lists.changed_entries(name, rows, plan), plan, name)
            located = rows.withColumns({"commit": F.lit("").cast("string"), "committed_at": F.expr(f"timestamp_micros({plan.recorded_at}L)")})
            refused = self._append_refused(plan, name, located) if counts and counts["refused"] else 0
        finally:
            rows.unpersist()
        return Captured(counts["rows"] if counts else 0, written, refused)

    # ------------------------------------------------------------ writing
    def _append(self, name: str, rows: DataFrame, plan: Plan, part: str = "") -> int:
        return self._write(name, rows.withColumn("batch_id", F.expr(f"{plan.batch_id}L")), plan, part)

    def _write(self, name: str, rows: DataFrame, plan: Plan, part: str) -> int:
        """How many rows the plan writes here, whether now or before a crash."""
        counted = Observation()
        job = f"{JOB}/{part}" if part else JOB
        is_new = self._lake.append(name, rows.observe(counted, F.count(F.lit(1)).alias("rows")), job, plan.batch_id, files=1, merge_schema=True)
        return int(counted.get["rows"]) if is_new else self._written(name, plan, part).count()

    def _written(self, name: str, plan: Plan, part: str) -> DataFrame:
        rows = self._lake.read(name).where(F.col("batch_id") == plan.batch_id)
        return rows.where(F.col(PART_COLUMNS[name]) == part) if name in PART_COLUMNS else rows


def _ddl(columns: Mapping[str, Type]) -> str:
    return ", ".join(f"`{name}`: {kind.spark}" for name, kind in columns.items())
