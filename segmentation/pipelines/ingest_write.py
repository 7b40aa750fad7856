"""What a batch of a source writes: events, quarantine, and figures that must add up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.definitions.documents import NOWHERE, EventType, Source
from segmentation.events.columns import REASONS
from segmentation.events.deduplicate import FACT, IS_CONFLICT, IS_COPY, mark_copies
from segmentation.issues import EngineError
from segmentation.pipelines.commit import Commits, Plan
from segmentation.tables import EVENTS, QUARANTINE

ROWS_PER_FILE = 500_000
BROADCAST_ROWS = 200_000
IS_VALID = f"size({REASONS}) = 0"


@dataclass(frozen=True)
class Figures:
    """Of one batch: rows_in = events + duplicates + quarantined. Conflicts are events that differ from another one with their id."""

    rows_in: int
    events: int
    duplicates: int
    conflicts: int
    quarantined: int


def mapping_fingerprint(source: Source, events: Mapping[str, EventType]) -> str:
    """Of everything that decides what a row becomes; not of places in files, nor of descriptions."""
    plan = {name: replace(event, where=NOWHERE, description="") for name, event in events.items()}
    return hashlib.sha256(repr((replace(source, where=NOWHERE), plan)).encode()).hexdigest()[:16]


class BatchWriter:
    """Writes the batches of one source."""

    def __init__(self, lake: Lake, source: Source, fingerprint: str, has_new_fields: bool) -> None:
        self._lake = lake
        self._source = source
        self._fingerprint = fingerprint
        self._has_new_fields = has_new_fields

    def count(self, checked: DataFrame) -> tuple[DataFrame, Mapping[str, Any]]:
        """The rows, kept, and how many they are: this is the only time that the source is read."""
        kept = checked.persist()
        try:
            row = kept.agg(
                F.count(F.lit(1)).alias("rows"),
                F.count_if(F.expr(IS_VALID)).alias("valid"),
                F.unix_micros(F.expr(f"min(occurred_at) filter (where {IS_VALID})")).alias("earliest"),
                F.unix_micros(F.expr(f"max(occurred_at) filter (where {IS_VALID})")).alias("latest"),
            ).first()
        except Exception:
            kept.unpersist()
            raise
        return kept, row.asDict() if row else {}

    def write(self, session: SparkSession, plan: Plan, checked: DataFrame, counts: Mapping[str, Any], *, is_replay: bool) -> Figures:
        """Append both; side by side unless this is a replay, in which each append says whether it had been done before the crash."""
        lake = self._lake.on(session)
        refused = self._new_refusals(lake, plan, checked) if counts["rows"] > counts["valid"] else None
        if is_replay:
            events, copies, conflicts = self._append_events(lake, plan, checked, counts, is_replay)
            quarantined = self._append_refusals(lake, plan, refused, is_replay)
            return Figures(counts["rows"], events, counts["rows"] - events - quarantined, conflicts, quarantined)
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(self._append_refusals, lake, plan, refused, is_replay)
            events, copies, conflicts = self._append_events(lake, plan, checked, counts, is_replay)
            quarantined = future.result()
        known_refusals = counts["rows"] - counts["valid"] - quarantined
        figures = Figures(counts["rows"], events, copies + known_refusals, conflicts, quarantined)
        if events + copies != counts["valid"] or known_refusals < 0 or (known_refusals and not plan.details.get("is_read_again")):
            raise EngineError(f"batch {plan.batch_id} of {plan.job} does not add up: {counts['valid']} valid rows, {figures}")
        return figures

    def close(self, commits: Commits, plan: Plan) -> None:
        """Give an unfinished plan up: what it has written stays and is counted, its rows come again in another batch."""
        events, quarantined = (self._written(self._lake, name, plan) for name in (EVENTS.name, QUARANTINE.name))
        self.finish(commits, plan, Figures(events + quarantined, events, 0, 0, quarantined), {})

    def finish(self, commits: Commits, plan: Plan, figures: Figures, seconds: Mapping[str, float]) -> None:
        commits.finish(plan, **vars(figures), seconds=dict(seconds))

    # ------------------------------------------------------------ events
    def _append_events(self, lake: Lake, plan: Plan, checked: DataFrame, counts: Mapping[str, Any], is_replay: bool) -> tuple[int, int, int]:
        """(appended, copies left out, conflicts) of the valid rows."""
        if not counts["valid"]:
            return 0, 0, 0
        marks, written = Observation(), Observation()
        valid = checked.where(IS_VALID).drop(REASONS, "payload", "payload_bytes")
        known = self._known(lake, counts["earliest"], counts["latest"], but=plan if is_replay else None)
        marked = mark_copies(valid, known, is_small=counts["valid"] <= BROADCAST_ROWS)
        totals = (F.count_if(IS_COPY).alias("copies"), F.count_if(IS_CONFLICT).alias("conflicts"))
        fresh = (
            marked.observe(marks, *totals)
            .where(f"not {IS_COPY}")
            .drop(IS_COPY, IS_CONFLICT)
            .withColumn("batch_id", F.lit(plan.batch_id).cast("bigint"))
        )
        fresh = fresh.observe(written, F.count(F.lit(1)).alias("rows"))
        files = 1 + counts["valid"] // ROWS_PER_FILE
        is_appended = lake.append(EVENTS.name, fresh, plan.job, plan.batch_id, files=files, merge_schema=self._has_new_fields)
        if is_replay and not is_appended:
            row = marked.agg(*totals).first()
            return self._written(lake, EVENTS.name, plan), row["copies"] if row else 0, row["conflicts"] if row else 0
        return written.get["rows"], marks.get["copies"], marks.get["conflicts"]

    def _known(self, lake: Lake, earliest: int, latest: int, but: Plan | None) -> DataFrame | None:
        """Events of the same stretch of time; None in a new table. `but`: without those that this very batch wrote before a crash."""
        if lake.latest_version(EVENTS.name) == 0:
            return None
        bounds = f"occurred_at between timestamp_micros({earliest}L) and timestamp_micros({latest}L)"
        events = lake.read_pinned(EVENTS.name).where(bounds)
        if but is not None:
            events = events.where((F.col("source") != self._source.name) | (F.col("batch_id") != but.batch_id))
        return events.select(*FACT, "content_hash")

    # ------------------------------------------------------------ quarantine
    def _new_refusals(self, lake: Lake, plan: Plan, checked: DataFrame) -> DataFrame:
        """Refused rows; where the source is read again from its beginning, without those that are in quarantine already."""
        refused = checked.where(f"not ({IS_VALID})").selectExpr(
            "source", "source_position", "payload", "payload_bytes", f"{REASONS} as reasons", "received_at",
            f"'{self._fingerprint}' as mapping_version", f"{plan.batch_id}L as batch_id", f"timestamp_micros({plan.recorded_at}L) as recorded_at",
        )  # fmt: skip
        if not plan.details.get("is_read_again"):
            return refused
        known = lake.read_pinned(QUARANTINE.name).where(F.col("source") == self._source.name).select("source_position", "payload")
        return refused.join(known, on=["source_position", "payload"], how="left_anti")

    def _append_refusals(self, lake: Lake, plan: Plan, refused: DataFrame | None, is_replay: bool) -> int:
        if refused is None:
            return 0
        written = Observation()
        rows = refused.observe(written, F.count(F.lit(1)).alias("rows"))
        is_appended = lake.append(QUARANTINE.name, rows, plan.job, plan.batch_id, files=1)
        if is_replay and not is_appended:
            return self._written(lake, QUARANTINE.name, plan)
        return int(written.get["rows"])

    def _written(self, lake: Lake, table: str, plan: Plan) -> int:
        return lake.read(table).where((F.col("source") == self._source.name) & (F.col("batch_id") == plan.batch_id)).count()
