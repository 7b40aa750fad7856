"""Everything in one batch: a first load, or a sweep of everybody from an instant on."""

from __future__ import annotations

from segmentation.issues import UserError
from segmentation.pipelines.capture_tables import capture
from segmentation.pipelines.commit import Plan
from segmentation.pipelines.definitions_table import apply_definitions
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.ingest_events import ingest


def backfill(deployment: Deployment, since: int | None = None) -> Plan | None:
    """Decide all facts that wait in one batch, however few commits a batch may usually take; None where none wait.

    since (microseconds): afterwards everybody is swept again from there, over the facts as last evaluated. Raises UserError where nothing
    was ever evaluated.
    """
    return backfill_ledger(deployment.evaluator(), since)


def backfill_ledger(evaluator: Evaluator, since: int | None = None, now: int | None = None) -> Plan | None:
    """The same for an evaluator at hand; `now` stands for the wall clock."""
    evaluator.settings = evaluator.settings.model_copy(update={"commits_per_batch": None})
    plans: list[Plan] = []
    evaluator.catch_up(now, plans.append)
    if since is None:
        return plans[-1] if plans else None
    if evaluator.commits.last() is None:
        raise UserError.because("there are no facts to decide", "Run `segmentation run --once` first.")
    return evaluator.sweep_everybody("backfill", since, {})


def take_up(deployment: Deployment) -> None:
    """Everything that comes before the decision: definitions applied, tables captured, events ingested."""
    commits = deployment.evaluator().commits
    commits.claim()
    apply_definitions(deployment.definitions(), commits.last())
    capture(deployment.lake, deployment.project)
    ingest(deployment.lake, deployment.project, once=True)
