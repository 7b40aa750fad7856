"""Events in: every source of the project as a streaming query of its own, into `events` and `quarantine`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

from pyspark.sql.streaming.query import StreamingQuery

from segmentation.adapters.lake import Lake
from segmentation.adapters.sources.opening import open_stream
from segmentation.definitions.documents import Project, Source
from segmentation.issues import UserError, suggest
from segmentation.pipelines.events_table import prepare_events_tables
from segmentation.pipelines.ingest_batch import Ingestion
from segmentation.pipelines.ingest_write import Figures
from segmentation.pipelines.stopping import Stopping

OnBatch = Callable[[Source, Figures], None]


def ingest(
    lake: Lake,
    project: Project,
    *,
    once: bool = True,
    sources: Sequence[str] = (),
    on_batch: OnBatch | None = None,
    stopping: Stopping | None = None,
) -> tuple[Figures, ...]:
    """Read the sources (all, or those named) until nothing is left (`once`) or a signal comes; the figures of every batch.

    Raises UserError where a source is unknown or missing, or another process ingests into this lake.
    """
    stopping = stopping or Stopping()
    done: list[Figures] = []

    def note(source: Source, figures: Figures) -> None:
        done.append(figures)
        if on_batch is not None:
            on_batch(source, figures)

    prepare_events_tables(lake, project.events)
    queries = [_start(lake, project, source, stopping, note, once=once) for source in _chosen(project, sources)]
    stopping.await_end(queries)
    return tuple(done)


def _chosen(project: Project, names: Sequence[str]) -> Iterable[Source]:
    unknown = [name for name in names if name not in project.sources]
    if unknown:
        raise UserError.because(
            f"there is no source '{unknown[0]}'", suggest(unknown[0], project.sources) or "Sources are the files of conf/sources."
        )
    return [source for name, source in project.sources.items() if not names or name in names]


def _start(lake: Lake, project: Project, source: Source, stopping: Stopping, note: OnBatch, *, once: bool) -> StreamingQuery:
    stream = open_stream(lake.spark, source, lake.settings)
    ingestion = Ingestion(lake, project, source, run_id=str(uuid.uuid4()))
    recovered = ingestion.recover()
    if recovered is not None:
        note(source, recovered)

    def run_batch(micro_batch: object, micro_batch_id: int) -> None:
        figures = ingestion.run(micro_batch, micro_batch_id)  # type: ignore[arg-type]
        if figures is not None:
            note(source, figures)

    writer = stream.writeStream.queryName(f"ingest_{source.name}").option("checkpointLocation", ingestion.checkpoint)
    writer = writer.trigger(availableNow=True) if once else writer.trigger(processingTime=f"{max(lake.settings.tick // 1000, 1)} milliseconds")
    return writer.foreachBatch(stopping.guarded(run_batch)).start()
