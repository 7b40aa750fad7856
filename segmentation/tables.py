"""Every table of the lake on one page: its columns, how rows are laid out, and how long they stay.

All are Delta. `customer_key` = xxhash64(customer_id): joins compare the long key first and the id too. Instants are timestamps in
microseconds, UTC. Two tables have columns that follow the tracking plan or a declared table: `{properties}` stands for them.
"""

from __future__ import annotations

from dataclasses import dataclass

WEEK_OF_HOURS = 168
"""For so long at least files stay that have left a table: readers may be that far behind."""
A_WEEK, FOR_EVER = WEEK_OF_HOURS // 24, 36_500


@dataclass(frozen=True)
class LakeTable:
    """`columns` is Spark DDL. `clustered_by` is used by OPTIMIZE. `written_by` names the one job that appends to it."""

    name: str
    columns: str
    clustered_by: tuple[str, ...]
    written_by: str
    about: str
    is_hot: bool = True
    """Written every batch: fewer checkpoints of the log."""
    remembered_days: int = 30
    """So long Delta keeps the log of versions that are not the newest; of facts, evaluation may be so far behind before it asks all of them anew."""

    def ddl(self, properties: str = "") -> str:
        return self.columns.format(properties=properties)


EVENTS = LakeTable(
    name="events",
    columns="""
        customer_key bigint, customer_id string, event string, event_id string, occurred_at timestamp, received_at timestamp,
        properties struct<{properties}>, null_properties array<string>, content_hash bigint, is_retracted boolean,
        source string, source_position string, batch_id bigint""",
    clustered_by=("customer_key",),
    written_by="ingest; erase",
    about="one validated event; null_properties names attributes that an event sets to null; a retracted row takes its event_id back",
)

VERSIONS = LakeTable(
    name="{table}_versions",
    columns="""
        customer_key bigint, customer_id string, fact_id string, occurred_at timestamp, valid_from timestamp, commit bigint, position bigint,
        properties struct<{properties}>, content_hash bigint, is_deleted boolean, is_first boolean, batch_id bigint""",
    clustered_by=("customer_key",),
    written_by="capture",
    about="one captured version of a row of a declared table; a deleted row, or one that moved to another customer, is closed by is_deleted",
)

LIST_ENTRIES = LakeTable(
    name="list_entries",
    columns="""
        customer_key bigint, customer_id string, list string, added_at timestamp, removed_at timestamp, since timestamp,
        content_hash bigint, batch_id bigint""",
    clustered_by=("customer_key",),
    written_by="capture",
    about="one entry of a list, or a later statement about it (the newest batch_id of a customer, list and added_at counts)",
)

SCORES = LakeTable(
    name="scores",
    columns="""
        customer_key bigint, customer_id string, model string, model_version string, score decimal(38,6), band int, bands int,
        published_at timestamp, batch_id bigint""",
    clustered_by=("customer_key",),
    written_by="publish",
    about="one published score, or band of a ranking, of a customer",
)

QUARANTINE = LakeTable(
    name="quarantine",
    columns="""
        source string, source_position string, payload string, payload_bytes bigint, reasons array<string>, received_at timestamp,
        mapping_version string, batch_id bigint, recorded_at timestamp""",
    clustered_by=("source",),
    written_by="ingest",
    about="one refused payload as it came, with every reason: replayable after a fix",
    remembered_days=A_WEEK,
)

DEFINITIONS = LakeTable(
    name="definitions",
    columns="""
        kind string, name string, version int, fingerprint string, document string, is_archived boolean, effective_from timestamp,
        applied_at timestamp, applied_by string, reason string, batch_id bigint""",
    clustered_by=("kind", "name"),
    written_by="apply",
    about="one version of a trait, segment or group; a null effective_from holds since ever",
    is_hot=False,
)

PLANS = LakeTable(
    name="plans",
    columns="""
        job string, batch_id bigint, run_id string, kind string, previous_as_of timestamp, as_of timestamp, recorded_at timestamp,
        from_versions map<string,bigint>, to_versions map<string,bigint>, fingerprint string, details string""",
    clustered_by=("job", "batch_id"),
    written_by="each job",
    about="one planned batch: appended before anything else, and finished as planned whatever happens",
    remembered_days=A_WEEK,
)

DUE = LakeTable(
    name="due",
    columns="customer_key bigint, customer_id string, due_at timestamp, batch_id bigint",
    clustered_by=("due_at",),
    written_by="evaluate",
    about="the next instant at which an answer about a customer may change by itself; stale rows are harmless",
    remembered_days=A_WEEK,
)

MEMBERSHIP_CHANGES = LakeTable(
    name="membership_changes",
    columns="""
        customer_key bigint, customer_id string, segment string, effective_at timestamp, status string, outranked_by string, cause string,
        definition string, assertion int, batch_id bigint, recorded_at timestamp""",
    clustered_by=("customer_key",),
    written_by="evaluate",
    about="the ledger, the only truth about membership: +1 asserts a transition, -1 takes one back",
    remembered_days=A_WEEK,
)

MEMBERSHIP = LakeTable(
    name="membership",
    columns="""
        customer_key bigint, customer_id string, segment string, status string, since timestamp, outranked_by string, cause string,
        definition string""",
    clustered_by=("segment",),
    written_by="evaluate",
    about="who is in what: active and outranked rows; one Delta version a snapshot",
    remembered_days=FOR_EVER,
)

SNAPSHOTS = LakeTable(
    name="snapshots",
    columns="""
        snapshot_id bigint, batch_id bigint, as_of timestamp, recorded_at timestamp, definitions_fingerprint string, membership_version bigint,
        segments array<struct<segment:string,active:bigint,outranked:bigint,entered:bigint,exited:bigint>>""",
    clustered_by=("batch_id",),
    written_by="evaluate",
    about="the manifest: a snapshot exists when its row does; counts and movements of every segment",
    is_hot=False,
)

BATCHES = LakeTable(
    name="batches",
    columns="""
        job string, batch_id bigint, run_id string, as_of timestamp, recorded_at timestamp, rows_in bigint, events bigint, duplicates bigint,
        conflicts bigint, quarantined bigint, touched bigint, due bigint, points bigint, transitions bigint, asserted bigint, retracted bigint,
        late bigint, time_lag_p50_seconds double, time_lag_p95_seconds double, time_lag_max_seconds double, seconds map<string,double>""",
    clustered_by=("job", "batch_id"),
    written_by="each job",
    about="written last: progress, lag and cost of a batch; a plan without its row here is unfinished",
    remembered_days=A_WEEK,
)

LAKE_TABLES: tuple[LakeTable, ...] = (
    EVENTS, VERSIONS, LIST_ENTRIES, SCORES, QUARANTINE, DEFINITIONS, PLANS, DUE, MEMBERSHIP_CHANGES, MEMBERSHIP, SNAPSHOTS, BATCHES,
)  # fmt: skip


def versions_of(table: str) -> str:
    """The name of the table that holds the captured versions of a declared table."""
    return VERSIONS.name.format(table=table)
