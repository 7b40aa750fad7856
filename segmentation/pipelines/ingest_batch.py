"""One batch of one source: plan, rows, events and quarantine from one pass, figures. Runs again as planned after a crash."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.adapters.session import reading_as
from segmentation.adapters.sources.files import checkpoint_id, committed_checkpoint_id, listed_files
from segmentation.adapters.sources.formats import read_files
from segmentation.adapters.sources.messages import read_rows
from segmentation.adapters.sources.opening import is_of_files
from segmentation.adapters.sources.salvage import find_unreadable, is_about_a_file, refused_rows
from segmentation.definitions.documents import Project, Source
from segmentation.events.decode_envelope import decode_envelope
from segmentation.events.decode_rows import decode_rows
from segmentation.events.validate import refuse, validate
from segmentation.issues import UserError
from segmentation.pipelines.commit import Commits, Plan
from segmentation.pipelines.events_table import fields_to_write, stored_fields
from segmentation.pipelines.ingest_write import BatchWriter, Figures, mapping_fingerprint
from segmentation.tables import EVENTS

Reader = Callable[[], DataFrame]


def job_of(source: Source) -> str:
    """Each source counts its own batches, so that several are read side by side."""
    return f"ingest/{source.name}"


class Ingestion:
    """The batches of one source."""

    def __init__(self, lake: Lake, project: Project, source: Source, run_id: str) -> None:
        self.lake = lake
        self.source = source
        self.checkpoint = lake.settings.checkpoint(f"ingest/{source.name}")
        self.commits = Commits(lake, job_of(source), run_id)
        self._events = project.events
        stored = stored_fields(lake)
        self._fields = fields_to_write(stored, project.events)
        self._fingerprint = mapping_fingerprint(source, project.events)
        self._writer = BatchWriter(lake, source, self._fingerprint, self._fields != stored)
        self._checkpoint_id: str | None = None

    # ------------------------------------------------------------ entry points
    def recover(self) -> Figures | None:
        """Finish what another process left unfinished, from the plan alone; None where there is nothing. To be called before the stream starts.

        Messages cannot be read again from a plan: Spark's checkpoint brings them back, and `run` goes on with their plan.
        """
        self.commits.claim()
        plan = self.commits.unfinished()
        self._require_own_checkpoint()
        if plan is None or not is_of_files(self.source):
            return None
        if plan.fingerprint == self._fingerprint:
            return self._work(self.lake.spark, plan.details, lambda: plan, is_replay=True)
        # The mapping is another one now: what is written stays, and the same files are read once more as a batch of their own.
        self._writer.close(self.commits, plan)
        details = {**plan.details, "is_read_again": True}
        return self._work(self.lake.spark, details, lambda: self._begin(details), is_replay=False)

    def run(self, micro_batch: DataFrame, micro_batch_id: int) -> Figures | None:
        """The batch of a streaming query; None where it has been done already, or holds nothing."""
        session = micro_batch.sparkSession
        details = self._details(session, micro_batch_id)
        last, unfinished = self.commits.last(), self.commits.unfinished()
        is_same = last is not None and all(last.details.get(key) == details[key] for key in ("checkpoint", "micro_batch"))
        if unfinished is None and is_same:
            return None
        if unfinished is not None and (not is_same or unfinished.fingerprint != self._fingerprint):
            self._writer.close(self.commits, unfinished)
            unfinished, details["is_read_again"] = None, True
        if is_of_files(self.source):
            details["files"] = listed_files(micro_batch, self.checkpoint, micro_batch_id)
            if not details["files"]:
                return None
        if unfinished is not None:
            return self._work(session, unfinished.details, lambda: unfinished, is_replay=True, rows=micro_batch)
        return self._work(session, details, lambda: self._begin(details), is_replay=False, rows=micro_batch)

    # ------------------------------------------------------------ steps
    def _require_own_checkpoint(self) -> None:
        """A checkpoint that this lake's plans do not know has read rows that are not here: going on with it would leave them out."""
        found, last = committed_checkpoint_id(self.lake.spark, self.checkpoint), self.commits.last()
        if found is not None and (last is None or last.details.get("checkpoint") != found):
            raise UserError.because(
                f"source {self.source.name}: the checkpoint at {self.checkpoint} belongs to another lake, or to tables that were removed",
                "Remove it: everything is read again, and what is here already is left out.",
            )

    def _details(self, session: SparkSession, micro_batch_id: int) -> dict[str, Any]:
        """Which micro-batch of which checkpoint (a new one counts from 0 again), and when it was taken."""
        if self._checkpoint_id is None:
            self._checkpoint_id = checkpoint_id(session, self.checkpoint)
        last = self.commits.last()
        is_read_again = last is not None and (last.details.get("checkpoint") != self._checkpoint_id or bool(last.details.get("is_read_again")))
        taken = {"checkpoint": self._checkpoint_id, "micro_batch": micro_batch_id, "ingested_at": time.time_ns() // 1000}
        return {**taken, "is_read_again": is_read_again}

    def _begin(self, details: Mapping[str, Any]) -> Plan:
        return self.commits.begin(fingerprint=self._fingerprint, kind="ingest", details=details)

    def _work(
        self, session: SparkSession, details: Mapping[str, Any], planned: Callable[[], Plan], *, is_replay: bool, rows: DataFrame | None = None
    ) -> Figures:
        """The plan is written while the rows are read; nothing else is before it stands."""
        start = time.perf_counter()
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(planned)
            try:
                checked, counts = self._read_and_check(session, details, rows)
            finally:
                plan = future.result()
            read_seconds = time.perf_counter() - start
            try:
                figures = self._writer.write(session, plan, checked, counts, is_replay=is_replay)
            finally:
                checked.unpersist()
        seconds = {"read": read_seconds, "write": time.perf_counter() - start - read_seconds}
        self._writer.finish(self.commits, plan, figures, seconds)
        return figures

    def _read_and_check(self, session: SparkSession, details: Mapping[str, Any], rows: DataFrame | None) -> tuple[DataFrame, Mapping[str, Any]]:
        ingested_at = int(details["ingested_at"])
        files: Sequence[str] = details.get("files", ())
        if not files and rows is not None:
            return self._writer.count(self._check(session, lambda: read_rows(rows, self.source), ingested_at))
        try:
            return self._writer.count(self._check(session, lambda: read_files(session, self.source, files), ingested_at))
        except Exception as error:
            if not is_about_a_file(error):
                raise
        return self._writer.count(self._check_one_by_one(session, files, ingested_at))

    def _check(self, session: SparkSession, read: Reader, ingested_at: int) -> DataFrame:
        """Rows of the source -> rows with their reasons; everything is analysed in the source's zone."""
        limit, arrived = self.lake.settings.max_payload_bytes, F.expr(f"timestamp_micros({ingested_at}L)")
        with reading_as(session, self.source.time_zone):
            decode = decode_rows if self.source.rows else decode_envelope
            checked = decode(read(), self.source, self._events, limit).withColumn("ingested_at", arrived)
            return validate(checked, self.source, self._events, self._fields, self.lake.settings.max_ahead)

    def _check_one_by_one(self, session: SparkSession, files: Sequence[str], ingested_at: int) -> DataFrame:
        """Every file that can be read, each by its own header, and one refused row for each that cannot."""
        refusals = find_unreadable(session, self.source, files)
        broken = {each.path for each in refusals}
        arrived = F.expr(f"timestamp_micros({ingested_at}L)")
        result = refuse(refused_rows(session, refusals).withColumn("ingested_at", arrived), self.source)
        for path in files:
            if path not in broken:
                frame = self._check(session, lambda path=path: read_files(session, self.source, [path]), ingested_at)  # type: ignore[misc]
                result = frame.unionByName(result, allowMissingColumns=True)
        no_events = self.lake.read(EVENTS.name).drop("batch_id").limit(0)
        return result if len(files) > len(broken) else no_events.unionByName(result, allowMissingColumns=True)
