"""Commands that write beside the daily run: backfill, snapshot, erase, maintain."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentation.cli.options import (
    CONF,
    ENVIRONMENT,
    AsJson,
    Conf,
    Environment,
    LakeOption,
    out,
    print_json,
    read_instant,
    show_instant,
    told_in_words,
    working_on,
)  # fmt: skip
from segmentation.cli.running import open_deployment
from segmentation.cli.tables import show_table
from segmentation.tables import WEEK_OF_HOURS

if TYPE_CHECKING:
    from segmentation.adapters.lake import Lake
    from segmentation.pipelines.commit import Plan

KEPT = "rows since the last batch, or files that it reads: after the next one"


def backfill(
    since: Annotated[str | None, typer.Option("--since", help="Decide everybody again from this instant on, such as 2026-03-01.")] = None,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """A first load, or a long absence: take up everything there is, and decide it in one batch.

    Example: segmentation backfill --since 2026-03-01T00:00:00Z
    """
    from segmentation.pipelines.backfill_membership import backfill as backfill_membership
    from segmentation.pipelines.backfill_membership import take_up

    with told_in_words():
        instant = read_instant(since)
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        with working_on("taking up definitions, tables and events", quiet=as_json):
            take_up(deployment)
        with working_on("deciding all of it in one batch", quiet=as_json):
            plan = backfill_membership(deployment, instant)
            figures = None if plan is None else _figures(deployment.lake, plan)
    if as_json:
        print_json(figures)
    elif figures is None:
        out.print("Nothing was waiting to be decided. Next: segmentation status")
    else:
        counts = "{rows_in:,} new facts, {touched:,} customers, {asserted:,} transitions written, {retracted:,} taken back"
        words = "batch {batch_id} up to {as_of} UTC: " + counts + "."
        out.print(words.format(**figures), soft_wrap=True)
        out.print("Next: segmentation reconcile --sample 0.1")


def _figures(lake: Lake, plan: Plan) -> dict[str, Any]:
    rows = lake.read("batches").where(f"job = 'evaluate' and batch_id = {plan.batch_id}")
    names = ("rows_in", "touched", "asserted", "retracted")
    row = rows.selectExpr(*(f"coalesce({name}, 0) as {name}" for name in names)).first()
    counts = row.asDict() if row else dict.fromkeys(names, 0)
    return {"batch_id": plan.batch_id, "kind": plan.kind, "as_of": show_instant(plan.as_of), **counts}


def snapshot(conf: Conf = CONF, environment: Environment = ENVIRONMENT, lake: LakeOption = None, as_json: AsJson = False) -> None:
    """A snapshot of `membership` now, whatever the cadence says.

    Example: segmentation snapshot --json
    """
    from segmentation.pipelines.snapshot_membership import take_now

    with told_in_words():
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        with working_on("taking a snapshot", quiet=as_json):
            evaluator = deployment.evaluator()
            is_new = take_now(evaluator.commits, evaluator.snapshots)
            last = evaluator.snapshots.last() or {}
    as_of = show_instant(last.get("as_of_us"))
    if as_json:
        kept = ("snapshot_id", "batch_id", "membership_version")
        print_json({"is_new": is_new, "as_of": as_of, **{name: last.get(name) for name in kept}})
        return
    is_what = "is taken" if is_new else "was there already: nothing has been decided since"
    out.print(f"snapshot {last['snapshot_id']} of {as_of} UTC {is_what}.", soft_wrap=True)
    query = f"SELECT segment, count(*) FROM membership VERSION AS OF {last['membership_version']} GROUP BY segment"
    out.print(f'Next: segmentation sql "{query}"', soft_wrap=True)


def erase(
    event: Annotated[str, typer.Argument(help="Name of the event, as in the tracking plan.")],
    event_ids: Annotated[list[str], typer.Argument(help="Ids of the events to take back.")],
    reason: Annotated[str, typer.Option("--reason", help="Kept with the batch in the table plans.")] = "",
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """Take events back by id: they never were, and everything decided since they happened is decided again at the next run.

    Example: segmentation erase email_opened m-17 m-18 --reason "test mails"
    """
    from segmentation.pipelines.erase_events import erase_events

    with told_in_words():
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        with working_on("taking events back", quiet=as_json):
            found = erase_events(deployment.lake, deployment.run_id, event, event_ids, reason)
    if as_json:
        print_json(asdict(found))
        return
    out.print(f"{found.events:,} events of {found.customers:,} customers are taken back.", soft_wrap=True)
    if found.unknown:
        out.print(f"No {event} has the id {', '.join(found.unknown)}.", soft_wrap=True)
    out.print("Next: segmentation run --once")


def maintain(
    retain_hours: Annotated[
        int, typer.Option("--retain-hours", help="Files that left a table longer ago are removed; a week at least.")
    ] = WEEK_OF_HOURS,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """Compact the tables, drop past due times, and remove files that nobody needs. Between batches, once a day or a week.

    Example: segmentation maintain --retain-hours 336
    """
    from segmentation.pipelines.maintain_tables import maintain as maintain_tables

    with told_in_words():
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        with working_on("compacting and vacuuming the tables", quiet=as_json):
            found = maintain_tables(deployment, retain_hours)
    if as_json:
        print_json({"retain_hours": retain_hours, **asdict(found)})
        return
    show_table(
        ("table", "compacted", "vacuumed", "kept, and why"),
        (
            (table, "yes" if table in found.compacted else "", "yes" if table in found.vacuumed else "", KEPT if table in found.kept else "")
            for table in dict.fromkeys((*found.compacted, *found.vacuumed, *found.kept))
        ),
        whole=("table",),
        title=f"files that left a table more than {retain_hours} hours ago are gone",
    )
    out.print("Next: segmentation status")
