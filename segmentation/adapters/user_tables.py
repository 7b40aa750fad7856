"""The Delta tables that belong to the user: where they are, what has changed in them, and whether they are what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from segmentation.adapters import delta
from segmentation.adapters.delta import CHANGE_COLUMNS, Address
from segmentation.adapters.delta_errors import translated
from segmentation.definitions.documents import ListDocument
from segmentation.issues import Issue, UserError, Where, suggest
from segmentation.settings import Settings


@dataclass(frozen=True)
class Changes:
    """Rows with SQL for their commit, its instant and whether they are deletions. `is_whole`: the table itself, not what changed."""

    rows: DataFrame
    commit: str
    committed_at: str
    is_deleted: str
    is_whole: bool


class UserTable:
    """One declared table or list."""

    def __init__(self, spark: SparkSession, settings: Settings, name: str, path: str | None, catalog_name: str | None) -> None:
        self._spark = spark
        self.name = name
        self.address = Address(settings.expand(path) if path else None, catalog_name)

    def latest_version(self) -> int:
        """Raises UserError where there is no such table."""
        if not delta.exists(self._spark, self.address):
            raise UserError.because(
                f"table {self.name}: there is no Delta table at {self.address}", "Create it, or correct its path or name in conf/tables.yaml."
            )
        return delta.latest_version(self._spark, self.address)

    def require_columns(self, columns: Sequence[str]) -> None:
        """Raise UserError for every column that is declared and not there."""
        require_columns(delta.read(self._spark, self.address).columns, columns, f"tables.{self.name} ({self.address})")

    def read_changes(self, from_version: int, to_version: int) -> Changes:
        """What was committed in (from, to], commit by commit, where the change feed reaches; else the table as of `to`.

        Raises UserError where the table has fewer versions than were captured: it was made anew.
        """
        if from_version > to_version:
            raise UserError.because(
                f"table {self.name} was made anew: it has version {to_version}, and version {from_version} was captured",
                "Write into the table (overwrite keeps its versions) instead of dropping it, or declare the new one under another name.",
                where=str(self.address),
            )
        feed = self._feed(from_version, to_version)
        if feed is not None:
            rows = feed.where("_change_type != 'update_preimage'")
            return Changes(rows, "_commit_version", "_commit_timestamp", "_change_type = 'delete'", is_whole=False)
        rows = delta.read(self._spark, self.address, to_version)
        at = delta.committed_at(self._spark, self.address, to_version)
        return Changes(rows, f"{to_version}L", f"timestamp_micros({at}L)", "false", is_whole=True)

    def _feed(self, from_version: int, to_version: int) -> DataFrame | None:
        """The change feed; None where the table has none, or not for all of these versions (switched on later, or log cleaned)."""
        if not delta.has_change_feed(self._spark, self.address):
            return None
        try:
            feed = delta.read_changes(self._spark, self.address, from_version, to_version)
            feed.select(CHANGE_COLUMNS[1]).limit(1).collect()
        except UserError:
            return None
        return feed

    def committed_at(self, version: int) -> int:
        return delta.committed_at(self._spark, self.address, version)


def require_columns(there: Sequence[str], columns: Sequence[str], path: str) -> None:
    """Raise UserError for every column that is declared and not there, with the nearest one that is."""
    lower = {each.lower() for each in there}
    missing = [
        Issue(Where(path=path), f"there is no column '{column}' in it", suggest(column, there) or f"It has: {', '.join(there)}.")
        for column in columns
        if column.lower() not in lower
    ]
    if missing:
        raise UserError(*missing)


def read_list(spark: SparkSession, settings: Settings, document: ListDocument) -> DataFrame:
    """The rows of a list as they are; a CSV has a header."""
    path = settings.expand(document.path) if document.path else None
    with translated(f"lists.{document.name}"):
        if document.format == "csv":
            return _read_csv(spark, document.name, str(path))
        return delta.read(spark, Address(path, document.catalog_name))


def _read_csv(spark: SparkSession, name: str, path: str) -> DataFrame:
    try:
        return spark.read.option("header", "true").csv(path)
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        raise UserError.because(f"list {name}: there is no file at {path}", "Create it, or correct its path in conf/lists.yaml.") from None
