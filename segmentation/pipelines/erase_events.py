"""Events taken back by id: they never were, and their customers are decided again from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.issues import UserError
from segmentation.pipelines.commit import Commits, Plan
from segmentation.tables import EVENTS

JOB = "erase"


@dataclass(frozen=True)
class Erased:
    """How many events are taken back now, of how many customers, and the ids that no event (of that name) has."""

    events: int
    customers: int
    unknown: tuple[str, ...]


def erase_events(lake: Lake, run_id: str, event: str, event_ids: Sequence[str], reason: str = "") -> Erased:
    """Append a retraction for every customer's event of these ids; the next batch of the decision sees them as new rows, each since its occurred_at.

    Safe to repeat: what is taken back stays so, also where the same event arrives again. Raises UserError where no such event is known.
    """
    commits = Commits(lake, JOB, run_id)
    commits.claim()
    begun = commits.unfinished()
    if begun is not None:
        _carry_out(lake, commits, begun)
    wanted = tuple(dict.fromkeys(event_ids))
    found = _events(lake, event, wanted).agg(F.collect_set("event_id").alias("known")).first()
    unknown = tuple(each for each in wanted if found is None or each not in found["known"])
    if len(unknown) == len(wanted):
        raise UserError.because(
            f"there is no event {event} with the id {', '.join(unknown)}", 'Look it up: segmentation sql "SELECT event, event_id FROM events …".'
        )
    plan = commits.begin(kind="erase", details={"event": event, "event_ids": list(wanted), "reason": reason})
    events, customers = _carry_out(lake, commits, plan)
    return Erased(events, customers, unknown)


def _carry_out(lake: Lake, commits: Commits, plan: Plan) -> tuple[int, int]:
    rows = _retractions(lake, plan).persist()
    figures: Any = rows.agg(F.count("*").alias("events"), F.countDistinct("customer_id").alias("customers")).first()
    lake.append(EVENTS.name, rows, JOB, plan.batch_id, files=1)
    commits.finish(plan, rows_in=len(plan.details["event_ids"]), events=figures["events"])
    rows.unpersist()
    return int(figures["events"]), int(figures["customers"])


def _events(lake: Lake, event: str, event_ids: Sequence[str]) -> DataFrame:
    return lake.read(EVENTS.name).where((F.col("event") == event) & F.col("event_id").isin(list(event_ids)))


def _retractions(lake: Lake, plan: Plan) -> DataFrame:
    """One row for each event (and customer) that is not taken back yet, at the earliest instant at which any copy of it happened."""
    copies = _events(lake, plan.details["event"], plan.details["event_ids"])
    earliest = copies.groupBy("customer_key", "customer_id", "event", "event_id").agg(
        F.min("occurred_at").alias("occurred_at"), F.min("content_hash").alias("content_hash"), F.bool_or("is_retracted").alias("is_gone")
    )
    written = {
        "received_at": f"timestamp_micros({plan.recorded_at}L)", "is_retracted": "true", "source": f"'{JOB}'",
        "source_position": f"'{plan.batch_id}'", "batch_id": f"{plan.batch_id}L",
    }  # fmt: skip
    columns = [
        F.col(field.name) if field.name in earliest.columns else F.expr(written.get(field.name, "null")).cast(field.dataType).alias(field.name)
        for field in copies.schema
    ]
    return earliest.where("not is_gone").select(*columns)
