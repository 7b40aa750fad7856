"""What will happen by itself: the decision swept into the future over the facts as they are."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.decision.decide import decide
from segmentation.issues import UserError
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.fact_tables import pinned
from segmentation.pipelines.plan_batch import due_between
from segmentation.settings import UNITS
from segmentation.timeline.touched import due_customers, everybody, find_touched


def forecast(deployment: Deployment, days: int) -> DataFrame:
    """Transitions in (as_of, as_of + days] if nothing new arrives; columns of find_transitions. Raises UserError before the first batch."""
    if days < 1:
        raise UserError.because(f"cannot look {days} days ahead", "Give a whole number of days from 1 on.")
    return forecast_until(deployment.evaluator(), days * UNITS["day"])


def count_by_day(transitions: DataFrame) -> DataFrame:
    """segment, day, entered, left, outranked of a forecast: a row a segment and day on which somebody moves."""
    counts = (f"count_if(status = '{status}') as {name}" for status, name in (("active", "entered"), ("none", "left"), ("outranked", "outranked")))
    by_day = transitions.groupBy("segment", F.date_format("effective_at", "yyyy-MM-dd").alias("day"))
    return by_day.agg(*(F.expr(count) for count in counts)).orderBy("day", "segment")


def forecast_until(evaluator: Evaluator, ahead: int) -> DataFrame:
    """The same, `ahead` in microseconds: only customers who are due in the interval, unless definitions begin in it."""
    last = evaluator.commits.last()
    if last is None or last.as_of is None:
        raise UserError.because("nothing has been evaluated yet", "Run `segmentation run --once` first.")
    until = last.as_of + ahead
    frames = pinned(evaluator.lake, last.to_versions, evaluator.tables)
    begins = [each.effective_from for each in evaluator.load_definitions(last.to_versions["definitions"])]
    is_redefined = any(instant is not None and last.as_of < instant <= until for instant in begins)
    start = last.as_of + 1
    looked_at = everybody(frames, start) if is_redefined else due_customers(due_between(evaluator.lake, last.as_of, until))
    program = evaluator.program(replace(last, as_of=until), start)
    touched = find_touched([looked_at], last.as_of, until)
    return decide(frames, touched, program, evaluator.vocabulary, evaluator.history_since()).transitions
