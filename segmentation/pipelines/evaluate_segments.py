"""The decision as a streaming job: new facts and the clock wake it; what a batch is, its plan says."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame

from segmentation.adapters.clock import open_clock
from segmentation.issues import UserError
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.stopping import Stopping
from segmentation.tables import DEFINITIONS

QUERY = "evaluate_segments"


def evaluate(deployment: Deployment, *, once: bool = True, stopping: Stopping | None = None) -> int:
    """Decide until nothing is left to do (`once`), or until a signal comes; returns how many batches were run.

    Raises UserError where another evaluator works on this lake, or no definitions have been applied to it.
    """
    evaluator = deployment.evaluator()
    evaluator.commits.claim()  # before the stream starts: two on one checkpoint end each other with a trace
    if not evaluator.load_definitions(evaluator.lake.latest_version(DEFINITIONS.name)):  # kept by the evaluator, which plans with it
        raise UserError.because("no definitions have been applied to this lake", "Run jobs/apply_definitions.py first, or segmentation run.")
    stopping = stopping or Stopping()
    done = 0

    def decide(_wake: DataFrame, _micro_batch_id: int) -> None:
        nonlocal done
        done += evaluator.catch_up(is_told_to_stop=lambda: stopping.is_told)

    settings = deployment.settings
    writer = wake_ups(deployment, evaluator).writeStream.queryName(QUERY).option("checkpointLocation", settings.checkpoint("evaluate"))
    writer = writer.trigger(availableNow=True) if once else writer.trigger(processingTime=f"{max(settings.tick // 1000, 1)} milliseconds")
    with stopping.signals():
        stopping.await_end([writer.foreachBatch(stopping.guarded(decide)).start()])
        if once:  # what was planned by a run that was cut off, and what fell due, wake nobody
            done += evaluator.catch_up(is_told_to_stop=lambda: stopping.is_told)
    return done


def wake_ups(deployment: Deployment, evaluator: Evaluator) -> DataFrame:
    """One stream of every fact table and, under the wall clock, of time; its rows are never read."""
    settings, spark = deployment.settings, deployment.spark
    reader = spark.readStream.format("delta").option("skipChangeCommits", "true")
    streams = [reader.load(settings.path(table)).selectExpr("1 as wake") for table in evaluator.tables]
    if settings.clock == "wall":
        streams.append(open_clock(spark, settings).selectExpr("1 as wake"))
    return reduce(DataFrame.unionByName, streams)
