"""`segmentation run`: the main job from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentation.cli.options import CONF, ENVIRONMENT, AsJson, Conf, Environment, LakeOption, err, out, print_json, show_instant, told_in_words

if TYPE_CHECKING:
    from segmentation.pipelines.deployment import Deployment
    from segmentation.pipelines.run_segmentation import RunResult


def run(
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    once: Annotated[bool, typer.Option("--once", help="Work on what is there, then end; without it, stay until stopped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Apply the definitions, capture tables, ingest events, decide.

    Example: segmentation run --once --environment conf/environments/local.yaml
    """
    from segmentation.pipelines.run_segmentation import run_continuously, run_once

    with told_in_words():
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        result = run_once(deployment) if once else run_continuously(deployment)
        summary = summarize(result)
    if as_json:
        print_json(summary)
        return
    figures = ", ".join(f"{summary[name]:,} {name}" for name in ("events", "duplicates", "quarantined"))
    out.print(f"{summary['rows_in']:,} rows in: {figures}; {summary['batches']} batches decided up to {summary['as_of'] or 'nothing yet'}.")
    out.print("Next: segmentation status, or segmentation members SEGMENT")


def open_deployment(conf: Path, environment: Path, *, quiet: bool = False, **overrides: Any) -> Deployment:
    """With a word while the session starts, which takes some seconds."""
    from segmentation.pipelines.deployment import Deployment

    with err.status("starting Spark") if not quiet else err.status("", spinner_style="none") as status:
        if quiet:
            status.stop()
        return Deployment.open(conf, environment, **overrides)


def summarize(result: RunResult) -> dict[str, Any]:
    """What a run did, as one mapping. Nothing is asked of Spark: told to stop, it may be gone."""
    counts = {
        name: sum(getattr(figures, name) for figures in result.ingested) for name in ("rows_in", "events", "duplicates", "conflicts", "quarantined")
    }
    changed = list(result.changes.changed) if result.changes else []
    return {
        **counts,
        "batches": len(result.evaluated),
        "as_of": show_instant(result.last.as_of) if result.last else None,
        "changed_segments": changed,
    }
