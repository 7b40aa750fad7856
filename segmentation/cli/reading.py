"""Commands that read: members, history, why, status, sql."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table

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
)  # fmt: skip
from segmentation.issues import UserError, suggest

if TYPE_CHECKING:
    from segmentation.pipelines.reading import Reader

Customer = Annotated[str, typer.Argument(help="A customer_id.")]


def _reader(conf: Path, environment: Path, lake: str | None) -> Reader:
    from segmentation.pipelines.reading import open_lake

    return open_lake(conf, environment, lake=lake)


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
    with told_in_words():
        reader = _reader(conf, environment, lake)
        reader.require_segment(segment)
        found = reader.membership(read_instant(at), read_instant(known_at)).where(f"segment = '{segment}' and status = '{status}'").persist()
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
    table = Table("customer", "since (UTC)", "cause", "outranked by", "definition", title=f"{segment}: {count:,} {status}")
    for row in rows:
        table.add_row(row["customer_id"], show_instant(row["since_us"]), row["cause"], row["outranked_by"] or "", row["definition"])
    out.print(table)
    if rows:
        out.print(f"Next: segmentation why {rows[0]['customer_id']} {segment}")


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

    with told_in_words():
        rows = _reader(conf, environment, lake).history(customer, segment, read_instant(known_at))
        if not rows:
            raise UserError.because(
                f"no membership of a customer '{customer}' is known", "Ids are compared letter by letter; see segmentation members SEGMENT."
            )
    if as_json:
        print_json([{**row, "effective_at": show_instant(row.pop("effective_us"))} for row in rows])
        return
    out.print(f"[bold]{customer}[/bold] (UTC)")
    for line in history_lines(rows):
        out.print("  " + line, highlight=False, soft_wrap=True)
    out.print(f"Next: segmentation why {customer} {rows[-1]['segment']}")


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
    from dataclasses import asdict

    from segmentation.cli.running import open_deployment
    from segmentation.cli.words import print_explanation, trait_names
    from segmentation.pipelines.customer_facts import facts_of
    from segmentation.rules.explain import explain
    from segmentation.rules.interpret.customer import Customer as OneCustomer

    with told_in_words():
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        definitions, last = deployment.definitions(), deployment.evaluator().commits.last()
        if last is None or last.as_of is None:
            raise UserError.because("nothing has been decided yet", "Run `segmentation run --once` first.")
        in_force = tuple(definitions.in_force(last.to_versions["definitions"]))
        slugs = sorted({slug for each in in_force for slug in each.versions})
        if segment not in slugs:
            raise UserError.because(f"there is no segment '{segment}'", suggest(segment, slugs) or f"There are: {', '.join(slugs)}.")
        facts = facts_of(deployment, customer)
        if not facts:
            raise UserError.because(f"no fact of a customer '{customer}' is known", "Ids are compared letter by letter.")
        person = OneCustomer(customer, facts, in_force, deployment.project.vocabulary)
        instant = read_instant(at)
        found = explain(person, segment, last.as_of if instant is None else instant, trait_names(deployment.project))
    if as_json:
        print_json(asdict(found))
    else:
        print_explanation(found)


def status(conf: Conf = CONF, environment: Environment = ENVIRONMENT, lake: LakeOption = None, as_json: AsJson = False) -> None:
    """How far the decision is, how late, what the last batches did, and how large the segments are.

    Example: segmentation status --json
    """
    with told_in_words():
        reader = _reader(conf, environment, lake)
        found: dict[str, Any] = {"jobs": _jobs(reader), "lag": _lag(reader), "segments": reader.sizes()}
    if as_json:
        print_json(found)
        return
    jobs = Table("job", "batches", "last as_of (UTC)", "rows in", "quarantined", "seconds", "unfinished")
    for row in found["jobs"]:
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
        numbers = [f"{row[name] or 0:,}" for name in ("rows_in", "quarantined")]
        jobs.add_row(row["job"], str(row["batches"]), show_instant(row["as_of_us"]), *numbers, seconds, "yes" if row["is_unfinished"] else "")
    out.print(jobs)
    lag = found["lag"]
    if lag["p50"] is not None:
        rest = f"(p95 {lag['p95']:.1f}, max {lag['max']:.1f})"
        out.print(f"exits and entries by time were written {lag['p50']:.1f} s after their instant in the median {rest}")
    sizes = Table("segment", "active", "outranked")
    for row in found["segments"]:
        sizes.add_row(row["segment"], f"{row['active']:,}", f"{row['outranked']:,}")
    out.print(sizes)
    out.print("Next: segmentation members SEGMENT")


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
    from pyspark.errors import AnalysisException, ParseException

    with told_in_words():
        spark = _reader(conf, environment, lake).register()
        try:
            start = time.perf_counter()
            frame = spark.sql(query)
            rows = [row.asDict() for row in frame.limit(1000).collect()]
        except (AnalysisException, ParseException) as error:
            raise UserError.because(str(error).splitlines()[0], "Tables are listed in the README.") from None
    if as_json:
        print_json(rows)
        return
    table = Table(*frame.columns)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    out.print(table)
    out.print(f"{len(rows)} rows in {time.perf_counter() - start:.1f} s" + (" (the first 1,000)" if len(rows) == 1000 else ""))
