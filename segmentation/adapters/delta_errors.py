"""Delta's and Hadoop's complaints about a table as one sentence and what to do; anything unknown keeps its trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from segmentation.issues import UserError

SENTENCES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("DELTA_CONCURRENT_TRANSACTION", "ConcurrentTransactionException"),
        "another process wrote the same batch to this table at the same time",
        "Let one process at a time run this job on this lake; the other one's work is complete.",
    ),
    (
        ("CONCURRENT_STREAM_LOG_UPDATE",),
        "another process runs the same streaming query",
        "Nothing is lost or half-written: let that one end, or stop it, then start again.",
    ),
    (
        (
            "DELTA_CONCURRENT_APPEND",
            "DELTA_CONCURRENT_DELETE",
            "DELTA_METADATA_CHANGED",
            "DELTA_PROTOCOL_CHANGED",
            "ConcurrentAppendException",
            "ConcurrentDelete",
            "MaxCommitRetryLimitReached",
        ),
        "another process wrote to this table at the same time",
        "Nothing is lost or half-written: run this again, best while no batch is under way.",
    ),
    (
        ("DELTA_METADATA_MISMATCH", "DELTA_FAILED_TO_MERGE_FIELDS", "DELTA_SCHEMA_CHANGED"),
        "the rows do not have this table's columns and types",
        "A changed type cannot be appended: give the property another name, or move the table away and load it again.",
    ),
    (
        ("DELTA_MISSING_CHANGE_DATA", "DELTA_CHANGE_DATA_FEED"),
        "the table's change feed does not reach back so far",
        "Switch it on with ALTER TABLE … SET TBLPROPERTIES (delta.enableChangeDataFeed = true).",
    ),
    (
        (
            "DELTA_TABLE_NOT_FOUND",
            "DELTA_MISSING_DELTA_TABLE",
            "TABLE_OR_VIEW_NOT_FOUND",
            "PATH_NOT_FOUND",
            "DELTA_PATH_DOES_NOT_EXIST",
            "TableNotFoundException",
        ),
        "there is no Delta table here",
        "Create it, or correct its path or name in the configuration.",
    ),
    (
        (
            "DELTA_TABLE_ONLY_OPERATION",
            "DELTA_INVALID_FORMAT",
            "DELTA_SCHEMA_NOT_SET",
            "DELTA_CREATE_TABLE_SCHEME_MISMATCH",
            "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION",
        ),
        "there is something here, but not the Delta table that is expected",
        "Move it away, or correct the path in the configuration.",
    ),
    (
        ("VersionNotFoundException", "DELTA_VERSION_NOT_FOUND", "DELTA_CANNOT_FIND_VERSION", "VERSION_NOT_CONTIGUOUS", "DELTA_LOG_FILE_NOT_FOUND"),
        "a version of this table that is needed is gone: it was re-created, or its log was cleaned",
        "Restore the table, or start again with a new lake.",
    ),
    (
        ("No space left on device", "Disk quota exceeded"),
        "the disk is full",
        "Free some space and start again: unfinished batches are finished first.",
    ),
    (
        ("Permission denied", "Read-only file system", "AccessDenied", "ParentNotDirectoryException", "Not a directory", "Mkdirs failed to create"),
        "this place cannot be written",
        "Grant write access, or choose another lake in the settings.",
    ),
)
"""(signs in the error's text, what is wrong, what to do), tried in this order."""


@contextmanager
def translated(table: str) -> Iterator[None]:
    """Raise UserError for what the user can mend about `table`, everything else as it comes."""
    try:
        yield
    except (PySparkException, Py4JJavaError, OSError) as error:
        text = str(error)
        for signs, problem, hint in SENTENCES:
            if any(sign in text for sign in signs):
                raise UserError.because(problem, hint, where=table) from error
        raise
