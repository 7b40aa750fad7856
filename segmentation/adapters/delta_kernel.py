"""Appends of a few rows by Delta Kernel, in the driver.

An append by Spark runs three jobs and puts the table's whole log together to ask for one transaction id: 1.2 s where this takes 0.2 s,
and a batch appends such rows four times. The rows and the log's entry are the same; every reader and writer of Delta sees no difference.
"""

from __future__ import annotations

import io
import time
import uuid
from functools import cache
from typing import Any

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from segmentation.adapters.delta_errors import translated
from segmentation.adapters.hadoop_files import open_folder

PROGRAM = "segmentation"
IS_WRITTEN = "io.delta.kernel.exceptions.ConcurrentTransactionException"


def is_available(spark: SparkSession) -> bool:
    """Whether the session's Spark has Delta Kernel: our own jars do, a platform may not."""
    return _has_kernel(spark._jvm)


@cache
def _has_kernel(jvm: Any) -> bool:
    return bool(jvm.org.apache.spark.util.Utils.classIsLoadable("io.delta.kernel.defaults.engine.DefaultEngine"))


def append(spark: SparkSession, path: str, rows: Any, app_id: str, txn_version: int) -> bool:
    """Append a pyarrow.Table with the table's columns, once: False where Delta has this version (or a later one) of `app_id`.

    Raises UserError for what the user can mend, also where another process commits the same transaction meanwhile.
    """
    jvm: Any = spark._jvm
    kernel = jvm.io.delta.kernel
    with translated(path):
        engine = kernel.defaults.engine.DefaultEngine.create(spark._jsparkSession.sessionState().newHadoopConf())
        begun = kernel.Table.forPath(engine, path).createTransactionBuilder(engine, PROGRAM, kernel.Operation.WRITE)
        try:
            transaction = begun.withTransactionId(engine, app_id, txn_version).build(engine)
        except Py4JJavaError as error:
            if error.java_exception.getClass().getName() == IS_WRITTEN:
                return False
            raise
        state = transaction.getTransactionState(engine)
        context = kernel.Transaction.getWriteContext(engine, state, jvm.java.util.HashMap())
        files = kernel.internal.util.Utils.singletonCloseableIterator(_write_file(spark, path, rows))
        actions = kernel.Transaction.generateAppendActions(engine, state, files, context)
        result = transaction.commit(engine, kernel.utils.CloseableIterable.inMemoryIterable(actions))
        for hook in result.getPostCommitHooks():  # a checksum, and a checkpoint when its time has come
            hook.threadSafeInvoke(engine)
    return True


def _write_file(spark: SparkSession, path: str, rows: Any) -> JavaObject:
    """One parquet file in the table's folder, as Kernel wants it described. Nobody reads it before the commit that names it."""
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(rows, buffer)
    file, files = open_folder(spark, f"{path}/part-{uuid.uuid4()}.snappy.parquet")
    out = files.create(file, False)
    try:
        out.write(buffer.getvalue())
    finally:
        out.close()
    jvm: Any = spark._jvm
    nothing = jvm.java.util.HashMap()
    statistics = jvm.io.delta.kernel.statistics.DataFileStatistics(rows.num_rows, nothing, nothing, nothing, jvm.java.util.Optional.empty())
    size, now = len(buffer.getvalue()), time.time_ns() // 1_000_000
    return jvm.io.delta.kernel.utils.DataFileStatus(str(files.makeQualified(file)), size, now, jvm.java.util.Optional.of(statistics))
