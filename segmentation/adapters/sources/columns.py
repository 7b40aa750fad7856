"""The columns of ours that every source gives, beside its own: see events/columns.py, which reads them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

INTERNAL = frozenset({"_path", "_block", "_id", "_row", "_corrupt_record", "_at", "_timestamp", "_line"})
"""Steps on the way; everything else that does not come from us belongs to the source."""
ROW_COLUMNS = ("_payload", "_payload_bytes", "_position", "_file", "_problem", "_arrived_at")


def with_row_columns(frame: DataFrame, **expressions: str) -> DataFrame:
    """Add those columns: SQL for `payload`, `position`, `file`, `problem`, `arrived_at`; the ones not given are null.

    The payload of a row that has columns is those columns as JSON.
    """
    own = [column for column in frame.columns if column not in INTERNAL]
    payload = F.expr(expressions["payload"]) if "payload" in expressions else F.to_json(F.struct(*(f"`{column}`" for column in own)))
    columns = {
        "_payload": payload,
        "_position": F.expr(expressions.get("position", "string(null)")),
        "_file": F.expr(expressions.get("file", "string(null)")),
        "_problem": F.expr(expressions.get("problem", "string(null)")),
        "_arrived_at": F.expr(expressions.get("arrived_at", "timestamp(null)")),
    }
    counted = frame.withColumns(columns).withColumn("_payload_bytes", F.octet_length("_payload").cast("bigint"))
    return counted.select(*(f"`{column}`" for column in own), *ROW_COLUMNS)
