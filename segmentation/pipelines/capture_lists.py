"""Lists of customers in: every entry, and every later statement about one, with the first instant whose answers it changes."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.adapters.session import reading_as
from segmentation.adapters.user_tables import read_list, require_columns
from segmentation.definitions.documents import ListDocument
from segmentation.pipelines.commit import Plan
from segmentation.tables import LIST_ENTRIES
from segmentation.timeline.lists import REQUIRED_COLUMNS, find_entries, list_rows


class ListCapture:
    """Lists are small: each is read whole, and compared with what was captured of it."""

    def __init__(self, lake: Lake, lists: Mapping[str, ListDocument]) -> None:
        self._lake = lake
        self._lists = lists

    def rows(self, name: str) -> DataFrame:
        """The list as it is now. Raises UserError where it, or one of its columns, is not there."""
        document = self._lists[name]
        with reading_as(self._lake.spark, self._lake.settings.time_zone):
            rows = read_list(self._lake.spark, self._lake.settings, document)
            require_columns(rows.columns, REQUIRED_COLUMNS, f"lists.{name}")
            return list_rows(rows)

    def states(self) -> dict[str, str]:
        """List -> a text that changes when its rows do."""
        return {name: _fingerprint(self.rows(name)) for name in self._lists}

    def changed_entries(self, name: str, rows: DataFrame, plan: Plan) -> DataFrame:
        """Rows of `list_entries` without batch_id."""
        captured = self._lake.read_pinned(LIST_ENTRIES.name).where((F.col("list") == name) & (F.col("batch_id") < plan.batch_id))
        return find_entries(rows, captured, name, int(plan.details["taken_at"]))


def _fingerprint(rows: DataFrame) -> str:
    row = rows.selectExpr("concat(count(*), ':', coalesce(sum(cast(xxhash64(payload) as decimal(38,0))), 0)) as stamp").first()
    return str(row["stamp"]) if row else ""
