"""One process for each job of a lake on a local disk, where two could overwrite each other's commits; elsewhere Delta itself refuses the second."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from segmentation.adapters.delta_errors import translated
from segmentation.issues import UserError
from segmentation.settings import Settings

ONE_FOR_EACH_JOB = "A lake takes one process for each job: let that one end, or stop it, then start again."
OWNER_WRITES_SECONDS = 0.1
"""Between the claim and its owner's number there is a moment; until then the file has the number of the last owner, who is gone."""

_held: dict[str, int] = {}
"""Lock file -> its descriptor, open as long as the process lives: the system lets go of it however the process ends."""


def claim(settings: Settings, job: str) -> None:
    """From now on this process alone runs the job here. Raises UserError where another one does."""
    if not settings.is_on_this_machine:
        return
    file = _file(settings, job)
    if str(file.resolve()) in _held:
        return
    with translated(str(file)):
        descriptor = _open(file)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(OWNER_WRITES_SECONDS)
        owner = os.read(descriptor, 20).decode(errors="replace").strip()
        os.close(descriptor)
        raise UserError.because(f"another process ({owner or 'unknown'}) runs {job} on this lake", ONE_FOR_EACH_JOB) from None
    with contextlib.suppress(OSError):  # a full disk: only the number is missing in the other's message
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    _held[str(file.resolve())] = descriptor


@contextlib.contextmanager
def one_at_a_time(settings: Settings, what: str) -> Iterator[None]:
    """Whoever else does this here, in this process or another, waits outside. Where no lock can be written, nothing else can: nobody waits."""
    descriptor = None
    if settings.is_on_this_machine:
        with contextlib.suppress(OSError):
            descriptor = _open(_file(settings, what))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _file(settings: Settings, name: str) -> Path:
    return Path(settings.lake, "_claims", settings.deployment, name)


def _open(file: Path) -> int:
    file.parent.mkdir(parents=True, exist_ok=True)
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
