"""A running ingestion ends between two batches, and goes on where it was."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from segmentation.adapters.lake import Lake
from segmentation.pipelines.ingest_events import ingest
from segmentation.pipelines.stopping import Stopping
from tests.ingest_shop import IngestShop, event

pytestmark = pytest.mark.spark


@pytest.fixture
def shop(spark, lake, tmp_path) -> IngestShop:
    shop = IngestShop.at(Lake(spark, lake.model_copy(update={"max_files_per_trigger": 1, "tick": 200_000})), tmp_path / "conf")
    for number in range(3):
        shop.drop(f"{number}.json", event(str(number)))
    return shop


def test_sigterm_lets_the_current_batch_finish_and_the_next_start_reads_the_rest(shop):
    figures = ingest(shop.lake, shop.project, once=False, on_batch=lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert len(figures) == 1
    assert shop.lake.read("batches").count() == shop.lake.read("plans").count() == 1
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert shop.ingest().events == 2


def test_a_running_ingestion_takes_files_as_they_come_and_stops_when_nothing_happens(shop):
    stopping, seen = Stopping(), []

    def note(_source: object, figures: object) -> None:
        seen.append(figures)
        if len(seen) == 3:
            shop.drop("3.json", event("3"))
        if len(seen) == 4:
            threading.Timer(1.0, stopping.order).start()

    ingest(shop.lake, shop.project, once=False, on_batch=note, stopping=stopping)
    assert [row["event_id"] for row in shop.events()] == ["0", "1", "2", "3"]


def test_an_error_of_a_batch_reaches_the_caller_as_it_was(shop):
    class OwnError(Exception):
        pass

    def fail(*_: object) -> None:
        raise OwnError

    with pytest.raises(OwnError):
        ingest(shop.lake, shop.project, once=True, on_batch=fail)
