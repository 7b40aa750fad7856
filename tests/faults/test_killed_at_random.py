"""The nightly version: hundreds of SIGKILLs at random moments and steps, the tables compared whenever the input is through.

scripts/nightly/kill_anywhere [KILLS]
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.faults.killing import after_seconds, commits, run, run_until
from tests.faults.small_shop import STEPS, Place, write_inputs
from tests.faults.table_contents import Contents, differences, read_tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

KILLS_A_STEP = 25
"""About as many as there are writes."""


class Killer:
    """Takes a place through the steps of the input, killing every process that has something to do, but for the last."""

    def __init__(self, spark: SparkSession, inputs: Path, chance: Random) -> None:
        self.spark = spark
        self.inputs = inputs
        self.chance = chance
        self.seconds = 30.0
        """How long an undisturbed command takes: random moments lie before its end."""
        self.survived: Counter[str] = Counter()

    def undisturbed(self, place: Place) -> list[Contents]:
        found = []
        for step in range(STEPS):
            place.receive(self.inputs, step)
            start = time.monotonic()
            ended = run(place)
            assert ended.status == 0, ended.said
            self.seconds = time.monotonic() - start
            found.append(read_tables(self.spark, place))
        return found

    def one_round(self, place: Place, expected: list[Contents], kills: int) -> None:
        """Kills at most so many."""
        killed = 0
        for step in range(STEPS):
            place.receive(self.inputs, step)
            for _ in range(min(KILLS_A_STEP, kills - killed)):
                if not self._kill(place):
                    break
                killed += 1
            else:
                ended = run(place)
                assert ended.status == 0, ended.said
            assert differences(expected[step], read_tables(self.spark, place)) == [], f"{place.folder} after step {step}"
            sys.stderr.write(f"{self.survived.total()} kills survived: {dict(self.survived)}\n")

    def _kill(self, place: Place) -> bool:
        only_leader = self.chance.random() < 0.25
        before = commits(place)
        at_step = self.chance.random() < 0.7
        wanted = self.chance.choice((1, 1, 2, 3))
        moment = after_seconds(self.chance.uniform(0.2, 1.0) * self.seconds)
        if not run_until(place, (lambda: len(commits(place) - before) >= wanted) if at_step else moment, only_leader=only_leader):
            return False
        written = max(commits(place) - before, key=lambda file: file.stat().st_mtime_ns, default=None)
        name = f"after {written.parent.parent.name}" if at_step and written else "at a random moment"
        self.survived[f"{name}{', the JVM left behind' if only_leader else ''}"] += 1
        return True


def test_killed_hundreds_of_times_the_tables_are_those_of_runs_that_were_not(
    spark: SparkSession, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills, seed = request.config.getoption("--kills"), request.config.getoption("--kill-seed")
    if not kills:
        pytest.skip("takes an hour: scripts/nightly/kill_anywhere runs it")
    killer = Killer(spark, write_inputs(spark, tmp_path / "inputs"), Random(seed))
    expected = killer.undisturbed(Place.create(tmp_path / "undisturbed"))
    rounds = 0
    while (left := kills - killer.survived.total()) > 0:
        rounds += 1
        place = Place.create(tmp_path / f"round {rounds}")  # with a space: paths have them
        killer.one_round(place, expected, left)
        shutil.rmtree(place.folder)
