"""Changes of a declared table -> versions of its rows, one path for CRM and order tables, with or without a change feed."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.definitions.documents import Table
from segmentation.rules.compile.sql import name, quote
from segmentation.rules.types import Type

MAIN_POSITION = 1
"""A closing row stands at 0: in one commit a fact leaves its old customer before it is with the new one."""
SHOWN = 80


def declared_rows(rows: DataFrame, table: Table, commit: str, committed_at: str, is_deleted: str = "false") -> DataFrame:
    """Rows of the user's table in our words: fact_id, customer_id, occurred_at, changed_at, properties, content_hash, commit,
    committed_at, is_deleted, `reasons` (not empty: refused) and `payload`. `commit`, `committed_at`, `is_deleted` are SQL.

    The hash is over the declared columns other than changed_at: a row that was only touched has no new version.
    """
    key = table.id if table.kind == "facts" else table.customer
    occurred_at = f"try_cast({name(str(table.occurred_at))} as timestamp)" if table.occurred_at else "timestamp(null)"
    fields = ", ".join(f"{quote(column)}, {_cast(column, kind)}" for column, kind in table.columns.items())
    ours = rows.selectExpr(
        f"cast({name(str(key))} as string) as fact_id", f"cast({name(table.customer)} as string) as customer_id", f"{occurred_at} as occurred_at",
        f"{f'try_cast({name(table.changed_at)} as timestamp)' if table.changed_at else 'timestamp(null)'} as changed_at",
        f"named_struct({fields}) as properties", f"{commit} as commit", f"{committed_at} as committed_at", f"{is_deleted} as is_deleted",
        f"{_reasons(table)} as reasons", f"{_payload(table)} as payload",
    )  # fmt: skip
    content = "xxhash64(to_json(struct(customer_id as c, unix_micros(occurred_at) as o, properties as p)))"
    return ours.selectExpr("*", f"{content} as content_hash")


def declared_columns(table: Table) -> tuple[str, ...]:
    """Every column of the user's table that is read."""
    keys = (table.id, table.customer, table.occurred_at, table.changed_at)
    return tuple(dict.fromkeys([*(key for key in keys if key), *table.columns]))


def latest_states(versions: DataFrame) -> DataFrame:
    """fact_id, last (a struct): the newest captured version of every fact, with its properties."""
    columns = "commit, position, customer_id, occurred_at, valid_from, content_hash, is_deleted, properties"
    return versions.groupBy("fact_id").agg(F.expr(f"max_by(struct({columns}), struct(commit, position))").alias("last"))


def vanished_rows(rows: DataFrame, states: DataFrame, commit: int, committed_at: int) -> DataFrame:
    """For a table without change feed: facts that were there at the last capture and are not in `rows` (declared_rows) any more."""
    gone = states.where("not last.is_deleted").join(rows.select("fact_id"), on="fact_id", how="left_anti")
    return gone.selectExpr(
        "fact_id", "last.customer_id as customer_id", "last.occurred_at as occurred_at", "timestamp(null) as changed_at",
        "last.properties as properties", f"{commit}L as commit", f"timestamp_micros({committed_at}L) as committed_at", "true as is_deleted",
        "cast(array() as array<string>) as reasons", "string(null) as payload", "last.content_hash as content_hash",
    )  # fmt: skip


def find_versions(changes: DataFrame, states: DataFrame, kind: str) -> DataFrame:
    """The new versions: columns of `<name>_versions` without batch_id. `changes`: declared_rows, several commits of a fact in order.

    valid_from is changed_at, else the commit's instant, never before the predecessor's; the first version of a row of kind facts is
    valid from its occurred_at. A deleted fact, one that lost its customer and one that moved to another are closed for the old customer.
    """
    settled = _one_row_a_commit(changes).join(states, on="fact_id", how="left")
    changed = _changed_only(settled)
    timed = _with_valid_from(changed, kind)
    main = timed.where("not is_deleted").selectExpr(*_version("", MAIN_POSITION, is_deleted=False))
    closing = timed.where("is_deleted or customer_id != previous.customer_id").where("not previous.is_deleted")
    return main.unionByName(closing.selectExpr(*_version("previous.", 0, is_deleted=True)))


# ---------------------------------------------------------------- steps
def _one_row_a_commit(changes: DataFrame) -> DataFrame:
    """Delete and insert of a key in one commit are an update. Of copies of a key the newest counts, then the largest hash."""
    # A row that has lost its customer ends the fact for the old one; any other row that is refused leaves its fact as it was.
    has_lost_customer = "trim(coalesce(customer_id, '')) = ''"
    taken = changes.where(f"fact_id is not null and (size(reasons) = 0 or {has_lost_customer})")
    ended = taken.withColumn("is_deleted", F.expr(f"is_deleted or {has_lost_customer}"))
    order = "partition by fact_id, commit order by is_deleted, changed_at desc nulls last, content_hash desc"
    ranked = ended.withColumn("_rank", F.expr(f"row_number() over ({order})"))
    return ranked.where("_rank = 1").drop("_rank", "reasons", "payload")


def _changed_only(rows: DataFrame) -> DataFrame:
    """Rows that say something else than the one before, in the batch or captured earlier; `previous` is that one."""
    fields = ("customer_id", "occurred_at", "content_hash", "is_deleted", "properties")
    state = "named_struct(" + ", ".join(f"'{field}', {field}" for field in fields) + ")"
    captured = "named_struct(" + ", ".join(f"'{field}', last.{field}" for field in fields) + ")"
    before = f"coalesce(lag({state}) over (partition by fact_id order by commit), if(last is null, null, {captured}))"
    followed = rows.withColumn("previous", F.expr(before))
    is_new = "previous is null or previous.is_deleted"
    return followed.where(f"case when is_deleted then not ({is_new}) when {is_new} then true else content_hash != previous.content_hash end")


def _with_valid_from(rows: DataFrame, kind: str) -> DataFrame:
    """is_first, and valid_from: the largest of the row's own and all its predecessors' instants."""
    is_first = "last is null and row_number() over (partition by fact_id order by commit) = 1"
    own = "if(is_deleted, committed_at, coalesce(changed_at, committed_at))"
    start = f"if(is_first, {'occurred_at' if kind == 'facts' else own}, {own})"
    dated = rows.withColumn("is_first", F.expr(is_first)).withColumn("_own", F.expr(start))
    return dated.withColumn("valid_from", F.expr("greatest(last.valid_from, max(_own) over (partition by fact_id order by commit))"))


def _version(of: str, position: int, *, is_deleted: bool) -> list[str]:
    return [
        f"xxhash64({of}customer_id) as customer_key", f"{of}customer_id as customer_id", "fact_id",
        f"coalesce({of}occurred_at, valid_from) as occurred_at", "valid_from", "commit", f"{position}L as position",
        f"{of}properties as properties", f"{of}content_hash as content_hash", f"{str(is_deleted).lower()} as is_deleted",
        "is_first" if not is_deleted else "false as is_first",
    ]  # fmt: skip


# ---------------------------------------------------------------- values
def _cast(column: str, kind: Type) -> str:
    return f"try_cast({name(column)} as {kind.spark})"


def _reasons(table: Table) -> str:
    keys: Mapping[str, str | None] = {"customer": table.customer, "id": table.id, "occurred_at": table.occurred_at}
    checks = [
        f"case when trim(coalesce(cast({name(column)} as string), '')) = '' then {quote(f'{key} ({column}) is missing')} end"
        for key, column in keys.items()
        if column is not None
    ]
    checks += [
        f"case when {name(column)} is not null and {_cast(column, kind)} is null "
        f"then concat({quote(f'{column}: ')}, '\\'', left(cast({name(column)} as string), {SHOWN}), '\\'', {quote(f' is not {kind}')}) end"
        for column, kind in table.columns.items()
    ]
    return f"filter(array({', '.join(checks)}), x -> x is not null)"


def _payload(table: Table) -> str:
    return f"to_json(struct({', '.join(name(column) for column in declared_columns(table))}))"
