"""Reading the lake: membership at any instant as known at any other, histories, and everything about one customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.issues import UserError, suggest
from segmentation.membership.ledger import fold, statuses_at
from segmentation.settings import load_settings
from segmentation.tables import DEFINITIONS, LAKE_TABLES, MEMBERSHIP, MEMBERSHIP_CHANGES

Instant = datetime | str | int | None


def open_lake(environment: str | Path = "conf/environments/local.yaml", **overrides: Any) -> Reader:
    """A reader of the environment's lake. Raises UserError where there is none yet."""
    from segmentation.adapters.session import create_session

    settings = load_settings(Path(environment), **overrides)
    return Reader(Lake(create_session(settings, "reading"), settings))


@dataclass(frozen=True)
class Reader:
    """Instants are datetimes, ISO text or microseconds; None is the latest."""

    lake: Lake

    def __post_init__(self) -> None:
        if not self.lake.exists(MEMBERSHIP_CHANGES.name):
            raise UserError.because(f"there is no lake at {self.lake.settings.lake}", "Run `segmentation run --once` or `segmentation demo` first.")

    def membership(self, at: Instant = None, known_at: Instant = None) -> DataFrame:
        """Who was in what at `at`, as known at `known_at`: active and outranked rows, with the columns of `membership`."""
        return statuses_at(self.changes(), micros(at), micros(known_at))

    def changes(self) -> DataFrame:
        """The whole ledger."""
        return self.lake.read(MEMBERSHIP_CHANGES.name)

    def history(self, customer_id: str, segment: str | None = None, known_at: Instant = None) -> list[dict[str, Any]]:
        """Every transition of one customer that is believed, in order; `effective_us` in microseconds."""
        rows = self.changes().where((F.col("customer_key") == F.xxhash64(F.lit(customer_id))) & (F.col("customer_id") == customer_id))
        if known_at is not None:
            rows = rows.where(f"recorded_at <= timestamp_micros({micros(known_at)}L)")
        rows = rows if segment is None else rows.where(F.col("segment") == segment)
        believed = fold(rows).selectExpr("unix_micros(effective_at) as effective_us", "segment", "status", "outranked_by", "cause", "definition")
        return [row.asDict() for row in believed.orderBy("effective_us", "segment").collect()]

    def segments(self) -> list[str]:
        """Every segment that was ever defined, or that anybody was ever in (such as the default of a group)."""
        slugs = self.changes().select("segment")
        if self.lake.exists(DEFINITIONS.name):
            slugs = slugs.union(self.lake.read(DEFINITIONS.name).where("kind = 'segment'").select("name"))
        return [row[0] for row in slugs.distinct().orderBy("segment").collect()]

    def require_segment(self, slug: str) -> None:
        """Raises UserError with the nearest name where there never was such a segment."""
        known = self.segments()
        if slug not in known:
            raise UserError.because(f"there is no segment '{slug}'", suggest(slug, known) or f"There are: {', '.join(known) or 'none yet'}.")

    def register(self) -> SparkSession:
        """All lake tables as tables of the session's catalog, by their names, for plain SQL."""
        spark = self.lake.spark
        for table in LAKE_TABLES:
            if "{" not in table.name and self.lake.exists(table.name):
                _register(spark, table.name, self.lake.settings.path(table.name))
        return spark

    def sizes(self) -> list[Mapping[str, Any]]:
        """Active and outranked customers of each segment, by the newest snapshot and the ledger after it."""
        counts = (
            self.membership()
            .groupBy("segment")
            .agg(F.expr("count_if(status = 'active')").alias("active"), F.expr("count_if(status = 'outranked')").alias("outranked"))
        )
        return [row.asDict() for row in counts.orderBy("segment").collect()]

    def snapshot(self) -> DataFrame:
        return self.lake.read(MEMBERSHIP.name)


def _register(spark: SparkSession, name: str, path: str) -> None:
    """A session that has read another lake knows the name already; what is not a mere name for a place is not ours to drop."""
    location = path if "://" in path else str(Path(path).resolve())
    if spark.catalog.tableExists(name):
        if _location(spark, name) == location:
            return
        is_permanent = spark.conf.get("spark.sql.catalogImplementation") != "in-memory"
        if is_permanent or spark.catalog.getTable(name).tableType != "EXTERNAL":
            raise UserError.because(f"the catalog has a table {name} already, which is not this lake's", "Use another schema of the catalog.")
        spark.sql(f"DROP TABLE {name}")
    quoted = location.replace("\\", "\\\\").replace("'", "\\'")
    spark.sql(f"CREATE TABLE {name} USING delta LOCATION '{quoted}'")


def _location(spark: SparkSession, name: str) -> str:
    row = spark.sql(f"DESCRIBE DETAIL {name}").first()
    return str(row["location"]).removeprefix("file:") if row else ""


def micros(instant: Instant) -> int | None:
    """Microseconds since 1970; text and datetimes without a zone are UTC."""
    if instant is None or isinstance(instant, int):
        return instant
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
