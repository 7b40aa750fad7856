"""The belief does not depend on how the input was cut, ordered, repeated, interrupted or decided: it is the truth of one sweep, row for row.

One story of three batches is told here, with everything that may happen to facts; `scripts/prove` tells many, and longer ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from segmentation.pipelines.backfill_membership import backfill_ledger
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.forecast_membership import forecast_until
from segmentation.pipelines.reading import Reader
from tests.property.arrivals import World, generate_world
from tests.property.test_two_readings import Row
from tests.stream.worlds import WorldLake, members_at, rows_of, truth_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
SEED = 126
DAY = 86_400_000_000


@dataclass
class Story:
    """beliefs: after each batch, with its instant of recording (microseconds). foretold: before the last batch, up to its end.

    set_back: as_of of the batches that were run while the clock showed a day before that of the batch before.
    """

    world: World
    lake: WorldLake
    truth: set[Row]
    beliefs: list[tuple[int, set[Row]]] = field(default_factory=list)
    foretold: set[Row] = field(default_factory=set)
    set_back: list[tuple[int | None, int]] = field(default_factory=list)


@pytest.fixture(scope="module")
def story(interpreted: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Story:
    world = generate_world(SEED, customers=24, segments=6, slices=3)
    told = Story(world, WorldLake(interpreted, tmp_path_factory.mktemp("cut"), world, SEED), truth_of(world, SEED))
    for batch, before in zip(world.batches, (None, *world.batches), strict=False):
        if before and batch is world.batches[-1]:
            told.foretold = rows_of(forecast_until(told.lake.restart(), batch.now - before.now))
        told.lake.arrive(batch)
        if before and batch is not world.batches[-1]:
            told.set_back += [(plan.as_of, before.now) for plan in told.lake.catch_up(before.now - DAY)]
        if batch is world.batches[-1]:
            lake = told.lake.lake
            lake.append("due", lake.read_pinned("due"), "stale", 1)  # such rows are left of whoever is touched before he is due
            cut_off_before_its_end(told.lake.restart(), batch.now)
        plans = told.lake.catch_up(batch.now)
        told.beliefs.append((plans[-1].recorded_at, told.lake.belief()))
    return told


def cut_off_before_its_end(evaluator: Evaluator, now: int) -> None:
    """Everything is written but the row in `batches`."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(evaluator.commits, "finish", Mock(side_effect=InterruptedError))
        evaluator.step(now)


def test_any_cut_any_order_and_a_restart_before_every_batch_give_the_truth(story: Story) -> None:
    assert story.beliefs[-1][1] == story.truth
    assert {row[5] for row in story.truth} >= {"definition", "event", "attribute", "list", "time"}


def test_a_clock_that_was_set_back_never_takes_the_decision_back(story: Story) -> None:
    assert story.set_back == [(story.world.batches[0].now,) * 2]


def test_what_was_believed_was_no_truth_yet(story: Story) -> None:
    """Or the cut would prove nothing: late facts have taken rows back."""
    assert all(belief - story.truth for _, belief in story.beliefs[:-1])


def test_tomorrow_brings_to_untouched_customers_what_was_foretold(story: Story) -> None:
    last, before = story.world.batches[-1], story.world.batches[-2]
    quiet = story.world.truth.keys() - last.rows.keys()
    moved = {row for row in story.truth if row[0] in quiet and row[1] > before.now}
    assert {row for row in story.foretold if row[0] in quiet} == moved
    assert {row[5] for row in moved} == {"time"}


def test_a_batch_counts_the_customers_who_were_due_also_when_it_was_cut_off(story: Story) -> None:
    """By hand, from the rows that earlier batches wrote. Of one customer there may be several."""
    lake = story.lake.lake
    rows = lake.read("due").selectExpr("batch_id", "customer_id", "unix_micros(due_at)").collect()
    plans = lake.read("plans").where("job = 'evaluate'").selectExpr("batch_id", "unix_micros(previous_as_of)", "unix_micros(as_of)").collect()
    expected = {
        batch: [who for written, who, due_at in rows if written < batch and previous is not None and previous < due_at <= as_of]
        for batch, previous, as_of in plans
    }
    found = {row.batch_id: row.due for row in lake.read("batches").where("job = 'evaluate'").collect()}
    assert found == {batch: len(set(customers)) for batch, customers in expected.items()}
    assert 0 < found[max(found)] < len(expected[max(found)])


def test_members_at_an_instant_as_known_at_another_are_those_of_a_run_that_stopped_there(story: Story) -> None:
    reader, chance = Reader(story.lake.lake), Random(SEED)
    begin, end = story.world.batches[0].now, story.world.batches[-1].now
    for recorded_at, belief in story.beliefs[:-1]:
        at, known_at = chance.randrange(begin, end), recorded_at + chance.choice((0, 1))
        assert members_at(reader.membership(at, known_at)) == members_of(belief, at)
    assert members_at(reader.membership(known_at=story.beliefs[0][0] - 1)) == set()


def members_of(belief: set[Row], at: int) -> set[tuple[str, str, str, str | None]]:
    """By hand: the last row of each customer and segment that has begun."""
    last = {(row[0], row[2]): row for row in sorted(belief) if row[1] <= at}
    return {(customer, segment, row[3], row[4]) for (customer, segment), row in last.items() if row[3] != "none"}


def test_all_at_once_and_swept_again_gives_the_truth_too(story: Story, interpreted: SparkSession, tmp_path: Path) -> None:
    whole = WorldLake(interpreted, tmp_path, story.world, SEED)
    whole.arrive(story.world.at_once)
    backfill_ledger(whole.restart(), story.world.batches[1].now, now=story.world.at_once.now)
    assert whole.belief() == story.truth
    assert whole.lake.read("membership_changes").where("assertion < 0").isEmpty()


def test_longer_stories_too(interpreted: SparkSession, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Sixteen batches, three states of the definitions; customers whose manner is `fact by fact` get one in each."""
    seeds = request.config.getoption("--proof-seeds")
    if not seeds:
        pytest.skip("minutes for each story: scripts/prove tells them")
    for seed in range(1000, 1000 + seeds):
        world = generate_world(seed, customers=40, segments=8, slices=16, versions=3)
        lake = WorldLake(interpreted, tmp_path / str(seed), world, seed)
        for batch in world.batches:
            lake.arrive(batch)
            lake.catch_up(batch.now)
        assert lake.belief() == truth_of(world, seed), f"seed {seed}"
