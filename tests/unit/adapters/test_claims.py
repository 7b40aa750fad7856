"""Two processes that want the same job of the same lake: the second is refused, whatever became of the first afterwards is no obstacle."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from segmentation.adapters.claims import claim, one_at_a_time
from segmentation.issues import UserError
from segmentation.settings import Settings

CLAIM = """
import sys
from segmentation.adapters.claims import claim
from segmentation.settings import Settings
claim(Settings(lake=sys.argv[1]), sys.argv[2])
"""


def claim_elsewhere(lake: Path, job: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", CLAIM, str(lake), job], capture_output=True, text=True, check=False)


def test_a_second_process_of_a_job_is_refused_by_the_number_of_the_first_and_other_jobs_are_not(tmp_path: Path) -> None:
    claim(Settings(lake=str(tmp_path)), "evaluate")
    refused = claim_elsewhere(tmp_path, "evaluate")
    assert f"UserError: another process ({os.getpid()}) runs evaluate on this lake" in refused.stderr
    assert claim_elsewhere(tmp_path, "ingest/web").returncode == 0


def test_what_a_process_that_is_gone_had_claimed_is_free_and_one_process_may_claim_twice(tmp_path: Path) -> None:
    assert claim_elsewhere(tmp_path, "evaluate").returncode == 0
    for _ in range(2):
        claim(Settings(lake=str(tmp_path)), "evaluate")


def test_a_lake_that_cannot_hold_a_claim_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file, not a folder")
    with pytest.raises(UserError, match="this place cannot be written"):
        claim(Settings(lake=str(tmp_path / "lake")), "evaluate")


def test_who_comes_while_somebody_is_inside_waits_until_the_other_is_out(tmp_path: Path) -> None:
    settings = Settings(lake=str(tmp_path))

    def enter() -> None:
        with one_at_a_time(settings, "tables/events"):
            pass

    with ThreadPoolExecutor(1) as other:
        with one_at_a_time(settings, "tables/events"):
            waiting = other.submit(enter)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
        waiting.result(timeout=10)


def test_where_nothing_can_be_written_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file, not a folder")
    with one_at_a_time(Settings(lake=str(tmp_path / "lake")), "tables/events"):
        pass
