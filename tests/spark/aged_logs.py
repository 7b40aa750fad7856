"""Tables whose log has been cleaned."""

from __future__ import annotations

import os
import time
from pathlib import Path

from segmentation.adapters.lake import Lake
from segmentation.adapters.maintenance import clean_log


def clean_as_if_old(lake: Lake, name: str) -> list[int]:
    """As if every commit had been made three hours ago, a second after the one before it. Returns the versions whose commits are left."""
    newest = lake.latest_version(name)
    path = str(lake.address(name).path)
    logs = lake.spark._jvm.org.apache.spark.sql.delta.DeltaLog  # type: ignore[union-attr]
    log = logs.forTable(lake.spark._jsparkSession, path)
    assert log.unsafeVolatileSnapshot().version() == newest
    log.checkpoint()  # what is needed of older commits is in it
    folder, then = Path(path, "_delta_log"), time.time() - 3 * 3600
    for entry in folder.glob("0*"):
        at = then + int(entry.name.partition(".")[0])
        os.utime(entry, (at, at))
    clean_log(lake.spark, lake.address(name), 60)
    return sorted(int(entry.stem) for entry in folder.glob("*.json"))
