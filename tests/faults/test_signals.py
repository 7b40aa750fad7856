"""SIGTERM and Ctrl-C: the batch at hand is finished, nothing else is begun, and nothing is said that looks like a fault."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.faults.killing import Command, after, readme_line, run
from tests.faults.small_shop import Place, write_inputs

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

AHEAD, WINDOW = timedelta(seconds=30), timedelta(seconds=5)


def read(spark: SparkSession, place: Place, table: str, *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in spark.read.format("delta").load(str(place.lake / table)).selectExpr(*columns).collect()]


def read_statuses(spark: SparkSession, place: Place, since: datetime) -> dict[object, tuple[datetime, object]]:
    """Status -> its instant and cause, of what became true of c1 from an instant on."""
    rows = read(spark, place, "membership_changes", "customer_id", "status", "unix_micros(effective_at)", "cause")
    found = {status: (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at), cause) for who, status, at, cause in rows if who == "c1"}  # type: ignore[arg-type]
    return {status: each for status, each in found.items() if each[0] >= since}


def unfinished(spark: SparkSession, place: Place) -> set[tuple[object, ...]]:
    return set(read(spark, place, "plans", "job", "batch_id")) - set(read(spark, place, "batches", "job", "batch_id"))


def test_the_lines_of_the_readme_run_one_after_the_other(spark: SparkSession, tmp_path: Path, at_night: None) -> None:
    place = Place.create(tmp_path / "shop")
    place.receive(write_inputs(spark, tmp_path / "inputs", steps=1), 0)
    too_early = run(place, readme_line("evaluate_segments"))
    assert too_early.status == 1
    assert "no definitions have been applied to this lake. Run jobs/apply_definitions.py first" in too_early.said
    for job in ("apply_definitions", "capture_tables", "ingest_events", "evaluate_segments"):
        ended = run(place, readme_line(job))
        assert ended.status == 0, f"{job}: {ended.said}"
    assert unfinished(spark, place) == set()
    assert read(spark, place, "membership_changes", "customer_id")


def test_under_spark_submit_sigterm_lets_the_batch_at_hand_be_finished(spark: SparkSession, tmp_path: Path) -> None:
    from segmentation.pipelines.capture_tables import capture
    from segmentation.pipelines.definitions_table import apply_definitions
    from segmentation.pipelines.deployment import Deployment
    from segmentation.pipelines.ingest_events import ingest

    place = Place.create(tmp_path / "shop")
    place.receive(write_inputs(spark, tmp_path / "inputs", steps=1), 0)
    deployment = Deployment.open(place.conf, place.environment)
    apply_definitions(deployment.definitions(), None)
    capture(deployment.lake, deployment.project)
    ingest(deployment.lake, deployment.project)
    command = Command(place, readme_line("evaluate_segments").replace(" --once", ""))
    assert command.wait(after(place, "plans"))
    command.send(signal.SIGTERM)
    ended = command.end()
    assert ended.status == 128 + signal.SIGTERM  # whatever Python says: of a JVM that was told to end, this is the status
    assert "Traceback" not in ended.said
    assert " at org.apache" not in ended.said
    assert unfinished(spark, place) == set()
    assert read(spark, place, "batches", "job").count(("evaluate",)) == 1


def test_without_any_event_an_exit_is_written_at_the_next_tick_and_ctrl_c_ends_the_job_well(
    spark: SparkSession, tmp_path: Path, at_night: None
) -> None:
    from segmentation.cli.main import app

    place = Place.create(tmp_path / "shop", clock="wall", tick="1 second", settle="1 second")
    place.receive(write_inputs(spark, tmp_path / "inputs", steps=1), 0)
    rules = place.conf / "segments" / "all.yaml"
    rules.write_text(f"segments:\n  reader: {{rule: {{did: mail_opened, within: {WINDOW.seconds} seconds}}}}\n")
    command = Command(place, ".venv/bin/segmentation run")
    assert command.wait(after(place, "batches", 3))  # capture, ingestion, evaluation
    opens_at = datetime.now(UTC) + AHEAD  # it is read before it holds: what follows is brought about by the clock alone
    line = {"event_id": "now", "event": "mail_opened", "customer_id": "c1", "occurred_at": opens_at.isoformat(), "properties": {}}
    (place.data / "web" / "now.json").write_text(json.dumps(line))
    assert command.wait(lambda: "none" in read_statuses(spark, place, opens_at))
    command.send(signal.SIGINT, to_all=True)
    ended = command.end()
    assert (ended.status, "Traceback" in ended.said) == (0, False), ended.said
    assert unfinished(spark, place) == set()
    assert read_statuses(spark, place, opens_at) == {"active": (opens_at, "event"), "none": (opens_at + WINDOW, "time")}
    said = CliRunner().invoke(app, ["status", "--json", "--environment", str(place.environment), "--conf", str(place.conf)])
    lag = json.loads(said.stdout)["lag"]
    assert 1 <= lag["p50"] <= lag["p95"] <= lag["max"] < 60
