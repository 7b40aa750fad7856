"""The main job: definitions applied, tables captured, events ingested, and after every batch of events the decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from segmentation.definitions.documents import Source
from segmentation.definitions.versions import Changes
from segmentation.pipelines.commit import Plan
from segmentation.pipelines.definitions_table import apply_definitions
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.ingest_events import ingest
from segmentation.pipelines.ingest_write import Figures
from segmentation.pipelines.stopping import Stopping


@dataclass
class RunResult:
    """What a run did: figures of every ingested batch, plans of every evaluated one, definitions changed, and the newest plan there is."""

    ingested: list[Figures] = field(default_factory=list)
    evaluated: list[Plan] = field(default_factory=list)
    changes: Changes | None = None
    last: Plan | None = None


@dataclass(frozen=True)
class Listeners:
    """Called after each batch, for progress bars and counts."""

    on_ingested: Callable[[Source, Figures], None] = lambda _source, _figures: None
    on_evaluated: Callable[[Plan], None] = lambda _plan: None


class Decider:
    """Decides in a thread of its own, so that the next batch of events is read meanwhile; an error surfaces at the next call."""

    def __init__(self, capture: Callable[[], object], catch_up: Callable[[], int]) -> None:
        """`capture` is called once, before anything is decided: tables are captured while the first events are read."""
        self._catch_up = catch_up
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decide")
        self._pending: list[Future[object]] = [self._thread.submit(capture)]

    def wake(self) -> None:
        """Something has arrived. Raises what an earlier decision raised."""
        for future in [each for each in self._pending if each.done()]:
            self._pending.remove(future)
            future.result()
        if len(self._pending) < 2:
            self._pending.append(self._thread.submit(self._catch_up))

    def finish(self) -> None:
        """Wait until everything that has arrived is decided."""
        try:
            self.wake()
            for future in self._pending:
                future.result()
        finally:
            self._thread.shutdown(wait=True)


def run_once(
    deployment: Deployment,
    evaluator: Evaluator | None = None,
    *,
    listeners: Listeners | None = None,
    sources: Sequence[str] = (),
    stopping: Stopping | None = None,
    now: int | None = None,
    overlap: bool = True,
) -> RunResult:
    """Everything that is there, then return. Each micro-batch of events is decided while the next is read; without `overlap` all at the end.
    SIGTERM and Ctrl-C let the batches at hand be finished and no other begin.

    Pass the evaluator of an earlier call to keep its compiled program and its last plan. Raises UserError for what a user can mend.
    """
    evaluator, stopping = evaluator or deployment.evaluator(), stopping or Stopping()
    told, result = listeners or Listeners(), RunResult()

    def after_decision(plan: Plan) -> None:
        result.evaluated.append(plan)
        told.on_evaluated(plan)

    def after_ingest(source: Source, figures: Figures) -> None:
        result.ingested.append(figures)
        told.on_ingested(source, figures)
        if overlap:
            decider.wake()

    evaluator.commits.claim()  # before anything else: of two runs one could get the capture and the other the ingestion, and both be refused
    with stopping.signals():
        if evaluator.commits.unfinished() is not None:
            evaluator.step(now)
        result.changes = apply_definitions(deployment.definitions(), evaluator.commits.last())
        decider = Decider(deployment.captures().run, partial(evaluator.catch_up, now, after_decision, lambda: stopping.is_told))
        try:
            ingest(deployment.lake, deployment.project, once=True, sources=sources, on_batch=after_ingest, stopping=stopping)
        finally:
            decider.finish()
        result.last = evaluator.commits.last()
    return result


def run_continuously(deployment: Deployment, listeners: Listeners | None = None) -> RunResult:
    """The same again and again, every `tick`, until SIGTERM or Ctrl-C: the batch at hand is finished first."""
    whole, evaluator, total = Stopping(), deployment.evaluator(), RunResult()
    with whole.signals():
        while not whole.is_told:
            round_ = Stopping()
            result = run_once(deployment, evaluator, listeners=listeners, stopping=round_)
            total.ingested += result.ingested
            total.evaluated += result.evaluated
            total.last = result.last
            if round_.is_told or whole.wait(deployment.settings.tick / 1_000_000):
                break
    return total
