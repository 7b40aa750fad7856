"""One process for each job of a lake on a local disk, where two could overwrite each other's commits; elsewhere Delta itself refuses the second."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from segmentation.adapters.delta_errors import translated
from segmentation.issues import UserError
from segmentation.settings import Settings

_held: dict[str, int] = {}
"""Lock file -> its descriptor, open as long as the process lives: the system lets go of it however the process ends."""


def claim(settings: Settings, job: str) -> None:
    """From now on this process alone runs the job here. Raises UserError where another one does."""
    if not settings.is_on_this_machine:
        return
    file = Path(settings.lake, "_claims", settings.deployment, job)
    if str(file.resolve()) in _held:
        return
    with translated(str(file)):
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode(errors="replace").strip()
        os.close(descriptor)
        raise UserError.because(
            f"another process ({owner or 'unknown'}) runs {job} on this lake", "Stop one of the two: a lake takes one process for each job."
        ) from None
    with contextlib.suppress(OSError):  # a full disk: only the number is missing in the other's message
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    _held[str(file.resolve())] = descriptor
