"""SIGKILL at every step between two writes, then once more from the start: the tables are those of a run that nobody disturbed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.killing import RUN, after, readme_line, run, run_until
from tests.faults.small_shop import Place, write_inputs
from tests.faults.table_contents import Contents, differences, read_tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

CAPTURE, INGEST, EVALUATE = map(readme_line, ("capture_tables", "ingest_events", "evaluate_segments"))
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (RUN, ("definitions",)),
    (CAPTURE, ("plans", "orders_versions")),
    (INGEST, ("plans", "events")),
    (EVALUATE, ("plans", "due", "membership_changes", "membership", "snapshots")),
)
"""Each command is killed after these writes, in this order, and started again each time; then it may end (the first one need not)."""


@pytest.fixture(scope="module")
def inputs(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_inputs(spark, tmp_path_factory.mktemp("inputs"), steps=1)


def run_undisturbed(spark: SparkSession, place: Place, inputs: Path) -> Contents:
    from segmentation.pipelines.deployment import Deployment
    from segmentation.pipelines.run_segmentation import run_once

    place.receive(inputs, 0)
    run_once(Deployment.open(place.conf, place.environment))
    return read_tables(spark, place)


def test_every_job_killed_after_every_write_leaves_the_tables_of_a_run_that_was_not(spark: SparkSession, tmp_path: Path, inputs: Path) -> None:
    expected = run_undisturbed(spark, Place.create(tmp_path / "undisturbed"), inputs)
    place = Place.create(tmp_path / "killed")
    place.receive(inputs, 0)
    for line, tables in STEPS:
        for table in tables:
            assert run_until(place, after(place, table), line), f"{line} was done before it wrote {table}"
        if line != RUN:
            ended = run(place, line)
            assert ended.status == 0, ended.said
    assert differences(expected, read_tables(spark, place)) == []
    assert all(expected[table] for table in ("events", "quarantine", "list_entries", "membership_changes", "membership", "snapshots"))
