"""Two evaluators of one lake, started at the same moment: one works, the other names it in a sentence, and the tables are those of one alone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.killing import RUN, Command, Ended, readme_line, run
from tests.faults.small_shop import Place, write_inputs
from tests.faults.table_contents import differences, read_tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

REFUSAL = (
    r"another process \((\d+)\) runs evaluate on this lake\. A lake takes one process for each job: let that one end, or stop it, then start again\."
)
ROUNDS_AT_NIGHT = 3
READERS = """
groups:
  value: {order: [fond, reader], default: nobody}
segments:
  fond: {rule: {did: mail_opened, within: 15 days, at_least: 2}}
  reader: {rule: {did: mail_opened, within: 5 days}}
"""


def start_both(place: Place, line: str) -> tuple[Command, Command]:
    return Command(place, line, "one.txt"), Command(place, line, "other.txt")


def said(ended: Ended) -> str:
    """What the product said: Java's own remarks at its start are left out."""
    remarks = ("NOTE: Picked up", "WARNING: Using incubator")
    return "\n".join(line for line in ended.said.splitlines() if line and not line.startswith(remarks))


def numbers_in_refusals(*both: Ended) -> list[int]:
    """The process that each refusal names. One of the two has ended well, and what has not said one sentence."""
    assert 0 in [ended.status for ended in both], "\n".join(ended.said for ended in both)
    refusals = [said(ended) for ended in both if ended.status != 0]
    assert all(re.fullmatch(REFUSAL, each) for each in refusals), "\n".join(refusals)
    return [int(number) for each in refusals for number in re.findall(r"\d+", each)]


def receive_mails(place: Place) -> None:
    """Less of everything than the small shop has: processes are started here, and little is decided."""
    for name in ("tables.yaml", "lists.yaml", "traits.yaml"):
        (place.conf / name).unlink()
    (place.conf / "segments" / "all.yaml").write_text(READERS)
    (place.data / "web").mkdir()
    days = (f"2026-01-{1 + number:02d}T07:00:00Z" for number in range(20))
    mails = (
        {"event_id": f"m{number}", "event": "mail_opened", "customer_id": f"c{number % 7}", "occurred_at": day, "received_at": day, "properties": {}}
        for number, day in enumerate(days)
    )
    (place.data / "web" / "0.json").write_text("".join(f"{json.dumps(mail)}\n" for mail in mails))


def test_the_evaluation_started_twice_at_once_is_refused_once_and_the_tables_are_those_of_one(spark: SparkSession, tmp_path: Path) -> None:
    from segmentation.pipelines.definitions_table import apply_definitions
    from segmentation.pipelines.deployment import Deployment
    from segmentation.pipelines.evaluate_segments import evaluate
    from segmentation.pipelines.ingest_events import ingest

    place, undisturbed = Place.create(tmp_path / "shop"), tmp_path / "undisturbed"
    receive_mails(place)
    deployment = Deployment.open(place.conf, place.environment)
    apply_definitions(deployment.definitions(), None)
    ingest(deployment.lake, deployment.project)
    shutil.copytree(place.lake, undisturbed)
    both = start_both(place, readme_line("evaluate_segments"))
    numbers_in_refusals(*(command.end() for command in both))
    assert evaluate(deployment) == 0, "something was left over"
    assert evaluate(Deployment.open(place.conf, place.environment, lake=str(undisturbed))) == 1
    expected = read_tables(spark, place, undisturbed)
    assert differences(expected, read_tables(spark, place)) == []
    assert all(expected[table] for table in ("events", "due", "membership_changes", "membership", "snapshots"))


def test_the_whole_run_started_twice_at_once_on_no_lake_at_all_is_refused_once(spark: SparkSession, tmp_path: Path, at_night: None) -> None:
    from segmentation.pipelines.deployment import Deployment
    from segmentation.pipelines.run_segmentation import run_once

    inputs, undisturbed = write_inputs(spark, tmp_path / "inputs", steps=1), Place.create(tmp_path / "undisturbed")
    undisturbed.receive(inputs, 0)
    run_once(Deployment.open(undisturbed.conf, undisturbed.environment))
    expected = read_tables(spark, undisturbed)
    for number in range(ROUNDS_AT_NIGHT):
        place = Place.create(tmp_path / f"shop {number}")
        place.receive(inputs, 0)
        both = start_both(place, RUN)
        named = numbers_in_refusals(*(command.end() for command in both))
        assert set(named) <= {command.process.pid for command in both}
        ended = run(place)
        assert ended.status == 0, ended.said
        assert differences(expected, read_tables(spark, place)) == []
