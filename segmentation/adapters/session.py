"""The one Spark session: every option with its reason, and what is missing said before the JVM is started."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pyspark import SparkContext
from pyspark.sql import SparkSession

from segmentation.adapters.java import require_jars, require_java
from segmentation.issues import UserError
from segmentation.settings import Settings

LAUNCH_OPTIONS = {
    "spark.master": "local[*]",
    "spark.driver.memory": "4g",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:ReservedCodeCacheSize=512m",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""Read once, when a JVM of our own starts."""

COLLECTOR = "-XX:+UseParallelGC"
"""Of garbage: batches want throughput, and nobody waits for a pause. Java starts with one collector only: one that the settings name is it."""

STATIC_OPTIONS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # A batch of ingestion and one of the decision use some 230 generated classes; the default of 100 compiles them all anew each time (1 s).
    "spark.sql.codegen.cache.maxEntries": "4000",
    # Finished queries are kept for a user interface that is off.
    "spark.sql.ui.retainedExecutions": "10",
    "spark.sql.streaming.ui.retainedQueries": "2",
    # The clock runs in a Python worker: one that stays costs 0.1 s a batch less than one that is forked anew.
    "spark.python.worker.reuse": "true",
}
"""Fixed once the session exists."""

LOCAL_STORE = "io.delta.storage.LocalLogStore"
LOCAL_DISK_OPTIONS = {
    # By default each rename of a log's file asks for links by starting a process, `readlink`, several times. What the
    # default gives elsewhere, that no commit replaces another, no store gives on a local disk: Lake.one_writer does.
    "spark.delta.logStore.file.impl": LOCAL_STORE,
    "spark.hadoop.io.delta.kernel.logStore.file.impl": LOCAL_STORE,
    "spark.sql.streaming.checkpointFileManagerClass": "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager",
}
"""Fixed once the session exists, and only where the lake is on this machine."""

SQL_OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.adaptive.enabled": "false",  # halves the time of a micro-batch: it plans stage by stage
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # INT96 has no statistics: no file would ever be skipped by time
    # A batch collects the facts of some thousand customers: with the default of 128 it would sort them all over again half-way.
    "spark.sql.objectHashAggregate.sortBased.fallbackThreshold": "4096",
    "spark.sql.codegen.hugeMethodLimit": "8000",  # HotSpot does not compile larger methods: better no generated code than an interpreted one
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",  # VACUUM would start 10,000 tasks
    "spark.databricks.delta.snapshotPartitions": "1",  # the log of a table fits one task; 50 tasks cost seconds
    "spark.databricks.delta.stats.collect.using.tableSchema": "true",
    "spark.databricks.delta.changeDataFeed.timestampOutOfRange.enabled": "true",
    "spark.python.sql.dataFrameDebugging.enabled": "false",  # each Column would look up the line of Python it was made on
    "spark.sql.streaming.triggerAvailableNowWrapper.enabled": "true",  # else a query with the clock in it takes one batch and ignores rate limits
}
"""May be set on a session that somebody else made."""


def create_session(settings: Settings, app_name: str = "segmentation", options: Mapping[str, str] | None = None) -> SparkSession:
    """The session of a platform where there is one (Databricks, notebook), else a local one with Delta.

    `options` win over `settings.spark`, which win over our own. Raises UserError where Java or Delta's jars are missing.
    """
    wanted = {**settings.spark, **(options or {})}
    session = SparkSession.getActiveSession()
    if session is None:
        launch = _submitted_options() if "PYSPARK_GATEWAY_PORT" in os.environ else _launch_options(wanted)
        session = _start(app_name, {**(LOCAL_DISK_OPTIONS if settings.is_on_this_machine else {}), **wanted}, launch)
        session.sparkContext.setLogLevel("ERROR")
        _leave_output_to_us(session)
        _silence(session, "org.apache.spark.sql.util.ExecutionListenerBus")  # prints the trace of each failed query, which is raised anyway
    _set_options(session, {**SQL_OPTIONS, **wanted})
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # says every exception a second time, in 30,000 characters
    _require_delta(session)
    return session


def sibling(session: SparkSession, settings: Settings) -> SparkSession:
    """Another session of the same Spark, with the same options: what one thread sets, and what Delta tells it, is not the other's."""
    other = session.newSession()
    _set_options(other, {key: str(session.conf.get(key)) for key in {**SQL_OPTIONS, **settings.spark} if session.conf.isModifiable(key)})
    return other


def _set_options(session: SparkSession, options: Mapping[str, str]) -> None:
    for key, value in options.items():
        if session.conf.isModifiable(key):
            session.conf.set(key, value)


def _silence(session: SparkSession, logger: str) -> None:
    log4j = session._jvm.org.apache.logging.log4j  # type: ignore[union-attr]
    log4j.core.config.Configurator.setLevel(logger, log4j.Level.OFF)


@contextmanager
def reading_as(session: SparkSession, time_zone: str) -> Iterator[None]:
    """What is analysed inside reads naive instants in `time_zone`, and its bad casts are null instead of the end of the batch.

    Spark fixes both when it analyses an expression: frames built inside keep them wherever they run.
    """
    wanted = {"spark.sql.session.timeZone": time_zone, "spark.sql.ansi.enabled": "false"}
    before = {key: str(session.conf.get(key)) for key in wanted}
    try:
        for key, value in wanted.items():
            session.conf.set(key, value)
        yield
    finally:
        for key, value in before.items():
            session.conf.set(key, value)


def _launch_options(wanted: Mapping[str, str]) -> dict[str, str]:
    jars = Path(sys.prefix) / "jars"
    require_java()
    require_jars(jars)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).parent / "spark_conf"))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers would take another python3
    given = wanted.get("spark.driver.extraJavaOptions", "")
    collector = "" if "GC" in given else COLLECTOR
    java_options = " ".join(filter(None, (LAUNCH_OPTIONS["spark.driver.extraJavaOptions"], collector, given)))
    return {**LAUNCH_OPTIONS, "spark.driver.extraClassPath": f"{jars}/*", **wanted, "spark.driver.extraJavaOptions": java_options}


def _submitted_options() -> dict[str, str]:
    """spark-submit started the JVM: its options are given, but it may lack Delta, which would come out as a trace of Java."""
    SparkContext._ensure_initialized()
    jvm = SparkContext._jvm
    if jvm is not None and not jvm.org.apache.spark.util.Utils.classIsLoadable(STATIC_OPTIONS["spark.sql.extensions"]):
        raise UserError.because(
            "spark-submit was started without Delta Lake's jars", f'Start it with: spark-submit --driver-class-path "{sys.prefix}/jars/*" …'
        )
    return {}


def _start(app_name: str, wanted: Mapping[str, str], launch: Mapping[str, str]) -> SparkSession:
    builder = SparkSession.builder.appName(app_name)
    for key, value in {**STATIC_OPTIONS, **SQL_OPTIONS, **wanted, **launch}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _leave_output_to_us(session: SparkSession) -> None:
    """Delta's VACUUM reports by println: standard output is the command's own, which may print one JSON document there."""
    system = session._jvm.java.lang.System  # type: ignore[union-attr]
    system.setOut(system.err)


def _require_delta(session: SparkSession) -> None:
    if "DeltaCatalog" not in str(session.conf.get("spark.sql.catalog.spark_catalog", "")):
        raise UserError.because(
            "this Spark session was started without Delta Lake",
            f"Start it with --conf spark.sql.extensions={STATIC_OPTIONS['spark.sql.extensions']} "
            f"--conf spark.sql.catalog.spark_catalog={STATIC_OPTIONS['spark.sql.catalog.spark_catalog']}.",
        )
