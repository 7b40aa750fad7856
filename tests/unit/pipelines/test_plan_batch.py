"""Up to which instant a batch decides, whatever the machine's clock says."""

from __future__ import annotations

import pytest

pytest.importorskip("pyspark")

from segmentation.pipelines.commit import Plan
from segmentation.pipelines.plan_batch import Arrivals, decide_as_of
from segmentation.settings import Settings

SECOND = 1_000_000
WALL = Settings(lake="lake", clock="wall", settle="10 seconds")  # type: ignore[arg-type]
LAST = Plan("evaluate", 1, "run", "batch", None, 100 * SECOND, 0, {}, {}, "")


def test_a_clock_that_was_moved_back_does_not_take_the_decision_back() -> None:
    assert decide_as_of(WALL, LAST, Arrivals(0, None), is_caught_up=True, now=50 * SECOND) == 100 * SECOND
    assert decide_as_of(WALL, LAST, Arrivals(1, 70 * SECOND), is_caught_up=True, now=50 * SECOND) == 100 * SECOND


def test_the_wall_clock_counts_less_what_facts_may_need_to_settle_and_not_before_all_is_read() -> None:
    assert decide_as_of(WALL, LAST, Arrivals(0, None), is_caught_up=True, now=200 * SECOND) == 190 * SECOND
    assert decide_as_of(WALL, LAST, Arrivals(1, 120 * SECOND), is_caught_up=False, now=200 * SECOND) == 120 * SECOND


def test_under_the_wall_clock_a_row_dated_ahead_waits_for_its_time() -> None:
    assert decide_as_of(WALL, LAST, Arrivals(1, 900 * SECOND), is_caught_up=True, now=200 * SECOND) == 200 * SECOND
    events = WALL.model_copy(update={"clock": "events"})
    assert decide_as_of(events, LAST, Arrivals(1, 900 * SECOND), is_caught_up=True, now=200 * SECOND) == 900 * SECOND
