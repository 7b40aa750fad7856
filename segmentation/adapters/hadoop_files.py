"""Files as Hadoop sees them, wherever the lake is: asked in the driver, without a Spark job."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


def open_folder(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """Hadoop's Path, and the file system that it lies in."""
    folder = spark._jvm.org.apache.hadoop.fs.Path(path)  # type: ignore[union-attr]
    return folder, folder.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())
