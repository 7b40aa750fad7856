"""Commands as processes of their own, and SIGKILL at a named step or a random moment. The product knows nothing of it.

A step is the commit of a table: as soon as its file is in the table's log, the process dies, long before the next write.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.small_shop import FAST_JVM, ROOT, Place

POLL_SECONDS = 0.005
PATIENCE_SECONDS = 600
RUN = ".venv/bin/segmentation run --once"
Due = Callable[[], bool]


def readme_line(job: str) -> str:
    """The line of the README that submits a job."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if re.search(rf"spark-submit .*jobs/{job}\.py", line))


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status (negative: by a signal), and what it said."""

    status: int
    said: str


class Command:
    """A command that has been started in a place. Its JVM and its Python workers are of its process group, and die with it."""

    def __init__(self, place: Place, line: str, said: str = "said.txt") -> None:
        self._log = place.folder / said
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "JDK_JAVA_OPTIONS": FAST_JVM, "COLUMNS": "200"}
        with self._log.open("w") as log:
            # exec: the process that is started is the command itself, not a shell around it
            self.process = subprocess.Popen(
                ["bash", "-c", f"exec env {line}"], cwd=place.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self, due: Due = lambda: False) -> bool:
        """True as soon as `due` says so; False where the process ended before."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            if due():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def kill(self, *, only_leader: bool = False) -> None:
        """SIGKILL to everything at once, or to the first process alone: the others find out for themselves."""
        (os.kill if only_leader else os.killpg)(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def send(self, number: signal.Signals, *, to_all: bool = False) -> None:
        """To the first process, as `kill` does, or to all of them, as a terminal and a service manager do."""
        (os.killpg if to_all else os.kill)(self.process.pid, number)

    def end(self) -> Ended:
        """Waits for the end; whatever hangs, or was left behind, is killed."""
        try:
            status = self.process.wait(PATIENCE_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return Ended(status, self._log.read_text())


def run(place: Place, line: str = RUN) -> Ended:
    return Command(place, line).end()


def run_until(place: Place, due: Due, line: str = RUN, *, only_leader: bool = False) -> bool:
    """False where the command was done, and well, before it could be killed."""
    command = Command(place, line)
    if command.wait(due):
        command.kill(only_leader=only_leader)
        return True
    ended = command.end()
    assert ended.status == 0, ended.said
    return False


def after(place: Place, table: str, count: int = 1) -> Due:
    """The step: `table` has been appended to for the count-th time from now on."""
    log = place.lake / table / "_delta_log"
    versions = [int(file.stem) for file in log.glob("*.json")] if log.is_dir() else []
    commit = log / f"{max(versions, default=0) + count:020d}.json"  # version 0 is the empty table
    return commit.exists


def after_seconds(seconds: float) -> Due:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def commits(place: Place) -> set[Path]:
    """The commits of all tables."""
    return set(place.lake.glob("*/_delta_log/*.json"))
