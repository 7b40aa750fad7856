"""Delta's log, asked in the driver: without a Spark job, and without listing its folder where nothing new is in it.

On a local disk a listing takes as long as the log is: four entries a commit, each looked at. The options of DataFrameReader for
versions and change feeds list it two to five times a frame, which is what a batch's time would grow by.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from segmentation.adapters.hadoop_files import open_folder

MANY_COMMITS = 100
"""Asking the driver for what a commit says costs a millisecond or so: Spark reads those of more commits."""


def latest_version(spark: SparkSession, path: str) -> int:
    """The newest committed version; -1 where there is no table. Reading the history would be a Spark job of 0.3 s."""
    log = _log(spark, path)
    known = int(log.unsafeVolatileSnapshot().version())
    if has_commit(spark, path, known) and not has_commit(spark, path, known + 1):
        return known
    nothing = _nothing(spark)
    return int(log.update(False, nothing, nothing).version())


def read_newest(spark: SparkSession, path: str, version: int) -> DataFrame | None:
    """The table at a version, whatever is committed later; None unless that is the newest this process knows of."""
    log = _log(spark, path)
    snapshot = log.unsafeVolatileSnapshot()
    if version < 0 or snapshot.version() != version:
        return None
    relation = log.createRelation(_seq(spark, ()), _jvm(spark).scala.Option.apply(snapshot), _nothing(spark), True)
    return DataFrame(_session(spark).baseRelationToDataFrame(relation), spark)


def read_appended(spark: SparkSession, path: str, from_version: int, to_version: int) -> DataFrame | None:
    """The rows that were appended in (from, to]; None where the change feed has to be asked.

    That is unless `to` is the newest version this process knows of, and nothing but appends and compaction came between. The log must
    still have the commit after `from`.
    """
    log = _log(spark, path)
    snapshot = log.unsafeVolatileSnapshot()
    if snapshot.version() != to_version or to_version - from_version > MANY_COMMITS:
        return None
    added = []
    for version in range(from_version + 1, to_version + 1):
        for line in _each(log.store().read(_commit(spark, path, version)[0], log.newDeltaHadoopConf()).iterator()):
            action = json.loads(line)
            if "remove" in action and action["remove"]["dataChange"]:
                return None
            if "add" in action and action["add"]["dataChange"]:
                added.append(_jvm(spark).org.apache.spark.sql.delta.actions.Action.fromJson(line))
    with _active(spark):
        return DataFrame(log.createDataFrame(snapshot, _seq(spark, added), False, _nothing(spark)), spark)


def has_commit(spark: SparkSession, path: str, version: int) -> bool:
    """Whether the commit of a version is in the log. Versions have no gaps and go from the oldest on: this says of all what a listing would."""
    file, files = _commit(spark, path, version)
    return bool(files.exists(file))


def clean(spark: SparkSession, path: str, minutes: int) -> None:
    """Remove the log's entries of more than so many minutes ago that the newest version does not need.

    Delta does so by itself when it writes a checkpoint, but in full days, which are thousands of commits.
    """
    log, nothing, jvm = _log(spark, path), _nothing(spark), _jvm(spark)
    milliseconds = jvm.scala.jdk.javaapi.OptionConverters.toScala(jvm.java.util.OptionalLong.of(minutes * 60_000))  # py4j would box an int
    by_minute = jvm.org.apache.spark.sql.delta.TruncationGranularity.MINUTE()
    log.cleanUpExpiredLogs(log.update(False, nothing, nothing), nothing, milliseconds, by_minute)


def _commit(spark: SparkSession, path: str, version: int) -> tuple[Any, Any]:
    """The file of a commit, and the file system that it lies in."""
    return open_folder(spark, f"{path}/_delta_log/{version:020}.json")


@contextmanager
def _active(spark: SparkSession) -> Iterator[None]:
    """Delta makes a frame in the session that is active, and tells that one what it wrote from it: it must be the one that asks."""
    sessions = _jvm(spark).org.apache.spark.sql.SparkSession
    before = sessions.getActiveSession()
    sessions.setActiveSession(_session(spark))
    try:
        yield
    finally:
        if before.isDefined():
            sessions.setActiveSession(before.get())
        else:
            sessions.clearActiveSession()


def _jvm(spark: SparkSession) -> Any:
    return spark._jvm


def _session(spark: SparkSession) -> Any:
    return spark._jsparkSession


def _log(spark: SparkSession, path: str) -> Any:
    return _jvm(spark).org.apache.spark.sql.delta.DeltaLog.forTable(_session(spark), path)


def _nothing(spark: SparkSession) -> Any:
    return _jvm(spark).scala.Option.empty()


def _seq(spark: SparkSession, items: Any) -> Any:
    jvm = _jvm(spark)
    many = jvm.java.util.ArrayList()
    for item in items:
        many.add(item)
    return jvm.scala.jdk.javaapi.CollectionConverters.asScala(many).toSeq()


def _each(iterator: Any) -> Iterator[Any]:
    while iterator.hasNext():
        yield iterator.next()
