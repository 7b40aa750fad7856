"""Delta's log, asked in the driver: without a Spark job, and without listing its folder more often than once.

On a local disk a listing takes as long as the log is: four entries a commit, each looked at. The options of DataFrameReader for
versions and change feeds list it two to five times a frame, which is what a batch's time would grow by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyspark.sql import DataFrame, SparkSession

MANY_COMMITS = 100
"""Asking the driver for the actions of a commit costs a millisecond or so: Spark reads those of more commits."""


def latest_version(spark: SparkSession, path: str) -> int:
    """The newest committed version; -1 where there is no table. Reading the history would be a Spark job of 0.3 s."""
    nothing = _nothing(spark)
    return int(_log(spark, path).update(False, nothing, nothing).version())


def read_newest(spark: SparkSession, path: str, version: int) -> DataFrame | None:
    """The table at a version, whatever is committed later; None unless that is the newest this process knows of."""
    log = _log(spark, path)
    snapshot = log.unsafeVolatileSnapshot()
    if snapshot.version() != version:
        return None
    relation = log.createRelation(_seq(spark, ()), _jvm(spark).scala.Option.apply(snapshot), _nothing(spark), True)
    return DataFrame(_session(spark).baseRelationToDataFrame(relation), spark)


def read_appended(spark: SparkSession, path: str, from_version: int, to_version: int) -> DataFrame | None:
    """The rows that were appended in (from, to]; None where the change feed has to be asked.

    That is unless `to` is the newest version this process knows of, and nothing but appends and compaction came between.
    """
    log = _log(spark, path)
    snapshot = log.unsafeVolatileSnapshot()
    if snapshot.version() != to_version or to_version - from_version > MANY_COMMITS:
        return None
    files, versions = [], 0
    for commit in _each(log.getChanges(from_version + 1, to_version, _nothing(spark), False)):
        versions += 1
        for action in _each(commit._2().iterator()):
            kind = action.getClass().getSimpleName()
            if kind == "AddFile" and action.dataChange():
                files.append(action)
            elif kind == "RemoveFile" and action.dataChange():
                return None
    if versions != to_version - from_version:
        return None
    _jvm(spark).org.apache.spark.sql.SparkSession.setActiveSession(_session(spark))  # Delta makes the frame in it
    return DataFrame(log.createDataFrame(snapshot, _seq(spark, files), False, _nothing(spark)), spark)


def clean(spark: SparkSession, path: str, hours: int) -> None:
    """Remove the log's entries of more than `hours` ago, up to full hours, that the newest version does not need.

    Delta does so by itself when it writes a checkpoint, but in full days, which are thousands of commits.
    """
    log, nothing, jvm = _log(spark, path), _nothing(spark), _jvm(spark)
    milliseconds = jvm.scala.jdk.javaapi.OptionConverters.toScala(jvm.java.util.OptionalLong.of(hours * 3_600_000))  # py4j would box an int
    log.cleanUpExpiredLogs(log.update(False, nothing, nothing), nothing, milliseconds, jvm.org.apache.spark.sql.delta.TruncationGranularity.HOUR())


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
