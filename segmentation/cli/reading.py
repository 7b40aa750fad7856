"""Commands that read: members, history, why, status, sql."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape

from segmentation.cli.options import (
    CONF,
    ENVIRONMENT,
    AsJson,
    At,
    Conf,
    Environment,
    KnownAt,
    LakeOption,
    out,
    print_json,
    read_instant,
    show_instant,
    told_in_words,
    working_on,
)  # fmt: skip
from segmentation.cli.tables import show_table
from segmentation.issues import UserError, suggest

if TYPE_CHECKING:
    from segmentation.pipelines.reading import Reader

SQL_ROWS = 1000
Customer = Annotated[str, typer.Argument(help="A customer_id.")]


@contextmanager
def _reading(environment: Path, lake: str | None, *, quiet: bool) -> Iterator[Reader]:
    """The lake's reader; mistakes inside are told in words, and that something is being done is shown until all is read."""
    from segmentation.pipelines.reading import open_lake

    with told_in_words(), working_on("reading the lake", quiet=quiet):
        yield open_lake(environment, lake=lake)


def members(
    segment: Annotated[str, typer.Argument(help="The slug of a segment.")],
    at: At = None,
    known_at: KnownAt = None,
    status: Annotated[Literal["active", "outranked"], typer.Option(help="Which status.")] = "active",
    limit: Annotated[int, typer.Option(help="At most so many rows; 0 for all.")] = 20,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """Who is in a segment, at any instant, as known at any other.

    Example: segmentation members vip --at 2026-03-01T00:00:00Z --known-at 2026-03-02T00:00:00Z
    """
    from pyspark.sql import functions as F

    with _reading(environment, lake, quiet=as_json) as reader:
        reader.require_segment(segment)
        is_asked_for = (F.col("segment") == F.lit(segment)) & (F.col("status") == F.lit(status))
        found = reader.membership(read_instant(at), read_instant(known_at)).where(is_asked_for).persist()
        count = found.count()
        chosen = found.selectExpr("customer_id", "unix_micros(since) as since_us", "cause", "outranked_by", "definition").orderBy(
            "since_us", "customer_id"
        )
        rows = [row.asDict() for row in (chosen.limit(limit) if limit else chosen).collect()]
    if as_json:
        print_json(
            {"segment": segment, "status": status, "count": count, "members": [{**row, "since": show_instant(row.pop("since_us"))} for row in rows]}
        )
        return
    show_table(
        ("customer", "since (UTC)", "cause", "outranked by", "definition"),
        ((row["customer_id"], show_instant(row["since_us"]), row["cause"], row["outranked_by"] or "", row["definition"]) for row in rows),
        whole=("outranked by", "definition"),
        title=f"{segment}: {count:,} {status}",
    )
    following = f"why {escape(rows[0]['customer_id'])} {segment}" if rows else "status"
    out.print(f"Next: segmentation {following}", soft_wrap=True)


def history(
    customer: Customer,
    segment: Annotated[str | None, typer.Argument(help="Only this segment.")] = None,
    known_at: KnownAt = None,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """Every entry and exit of a customer, with its true instant and its cause.

    Example: segmentation history c0001 vip --known-at 2026-03-01T00:00:00Z
    """
    from segmentation.cli.words import history_lines

    with _reading(environment, lake, quiet=as_json) as reader:
        if segment is not None:
            reader.require_segment(segment)
        rows = reader.history(customer, segment, read_instant(known_at))
        if not rows:
            raise UserError.because(
                f"no membership of a customer '{customer}' is known", "Ids are compared letter by letter; see segmentation members SEGMENT."
            )
    if as_json:
        print_json([{**row, "effective_at": show_instant(row.pop("effective_us"))} for row in rows])
        return
    out.print(f"[bold]{escape(customer)}[/bold] (UTC)")
    for line in history_lines(rows):
        out.print("  " + escape(line), highlight=False, soft_wrap=True)
    out.print(f"Next: segmentation why {escape(customer)} {rows[-1]['segment']}", soft_wrap=True)


def why(
    customer: Customer,
    segment: Annotated[str, typer.Argument(help="The slug of a segment.")],
    at: At = None,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """The rule with the value and truth of every leaf, the facts that decide, the winner of the group, and when this changes by itself.

    Example: segmentation why c0001 vip --at 2026-03-22T10:00:00Z
    """
    from segmentation.cli.running import open_deployment
    from segmentation.cli.words import as_document, print_explanation, trait_names
    from segmentation.pipelines.customer_facts import facts_of, last_decided
    from segmentation.rules.explain import explain
    from segmentation.rules.interpret.customer import Customer as OneCustomer

    with told_in_words():
        instant = read_instant(at)
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        with working_on("reading the facts", quiet=as_json):
            decided = last_decided(deployment.evaluator().commits)
            in_force = tuple(deployment.definitions().in_force(decided.versions["definitions"]))
            slugs = sorted({slug for each in in_force for slug in each.versions})
            if segment not in slugs:
                raise UserError.because(f"there is no segment '{segment}'", suggest(segment, slugs) or f"There are: {', '.join(slugs)}.")
            facts = facts_of(deployment, customer, decided.versions)
            if not facts:
                raise UserError.because(f"no fact of a customer '{customer}' is known", "Ids are compared letter by letter.")
            person = OneCustomer(customer, facts, in_force, deployment.project.vocabulary)
            found = explain(person, segment, decided.as_of if instant is None else instant, trait_names(deployment.project))
    if as_json:
        print_json(as_document(found))
    else:
        print_explanation(found)
        out.print(f"Next: segmentation history {escape(customer)} {segment}", soft_wrap=True)


def status(conf: Conf = CONF, environment: Environment = ENVIRONMENT, lake: LakeOption = None, as_json: AsJson = False) -> None:
    """How far the decision is, how late, what the last batches did, and how large the segments are.

    Example: segmentation status --json
    """
    with _reading(environment, lake, quiet=as_json) as reader:
        found: dict[str, Any] = {"jobs": _jobs(reader), "lag": _lag(reader), "segments": reader.sizes()}
    if as_json:
        print_json(found)
        return
    show_table(
        ("job", "batches", "last as_of (UTC)", "rows in", "quarantined", "seconds", "unfinished"),
        (_job_cells(row) for row in found["jobs"]),
        whole=("job",),
    )
    lag = found["lag"]
    if lag["p50"] is not None:
        rest = f"(p95 {lag['p95']:.1f}, max {lag['max']:.1f})"
        out.print(f"exits and entries by time were written {lag['p50']:.1f} s after their instant in the median {rest}")
    show_table(("segment", "active", "outranked"), ((row["segment"], f"{row['active']:,}", f"{row['outranked']:,}") for row in found["segments"]))
    out.print("Next: segmentation members SEGMENT")


def _job_cells(row: dict[str, Any]) -> tuple[str, ...]:
    seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
    numbers = (f"{row[name] or 0:,}" for name in ("rows_in", "quarantined"))
    return (row["job"], str(row["batches"] or 0), show_instant(row["as_of_us"]), *numbers, seconds, "yes" if row["is_unfinished"] else "")


def _jobs(reader: Reader) -> list[dict[str, Any]]:
    batches = reader.lake.read("batches").groupBy("job").agg(*_figures())
    plans = reader.lake.read("plans").groupBy("job").agg({"batch_id": "max"}).withColumnRenamed("max(batch_id)", "planned")
    joined = plans.join(batches, "job", "left").selectExpr("*", "planned > coalesce(finished, 0) as is_unfinished")
    return [row.asDict() for row in joined.orderBy("job").collect()]


def _figures() -> list[Any]:
    from pyspark.sql import functions as F

    total = "aggregate(map_values(max_by(seconds, batch_id)), 0D, (a, b) -> a + b)"
    texts = {
        "finished": "max(batch_id)", "batches": "count(*)", "as_of_us": "unix_micros(max(as_of))", "rows_in": "sum(rows_in)",
        "quarantined": "sum(quarantined)", "seconds": total,
    }  # fmt: skip
    return [F.expr(text).alias(name) for name, text in texts.items()]


def _lag(reader: Reader) -> dict[str, float | None]:
    """Of the last 100 batches that saw time pass."""
    rows = reader.lake.read("batches").where("time_lag_p50_seconds is not null").orderBy("batch_id", ascending=False).limit(100)
    columns = ["percentile_approx(time_lag_p50_seconds, 0.5) as p50", "max(time_lag_p95_seconds) as p95", "max(time_lag_max_seconds) as max"]
    row = rows.selectExpr(*columns).first()
    return row.asDict() if row else {"p50": None, "p95": None, "max": None}


def sql(
    query: Annotated[str, typer.Argument(help="Spark SQL over the lake's tables by their names.")],
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """Plain SQL over the lake's tables.

    Example: segmentation sql "SELECT segment, count(*) FROM membership WHERE status = 'active' GROUP BY segment"
    """
    from pyspark.errors import PySparkException

    with _reading(environment, lake, quiet=as_json) as reader:
        spark = reader.register()
        try:
            start = time.perf_counter()
            frame = spark.sql(query)
            rows = frame.limit(SQL_ROWS).collect()
        except PySparkException as error:
            raise UserError.because(str(error).splitlines()[0], "Tables are listed in the README.") from None
    if as_json:
        print_json([row.asDict() for row in rows])
        return
    cells = (["" if value is None else str(value) for value in row] for row in rows)
    show_table(frame.columns, cells, whole=("segment", "outranked_by", "definition"))
    of_more = f" (the first {SQL_ROWS:,})" if len(rows) == SQL_ROWS else ""
    out.print(f"{len(rows)} rows{of_more} in {time.perf_counter() - start:.1f} s. Next: --json for programs, or segmentation status")
