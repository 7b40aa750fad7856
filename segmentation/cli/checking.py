"""Commands that decide again without new facts: reconcile holds the ledger against the facts, forecast goes on into the future."""

from __future__ import annotations

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
    show_instant,
    told_in_words,
    working_on,
)  # fmt: skip
from segmentation.cli.running import open_deployment
from segmentation.cli.tables import show_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from segmentation.pipelines.reconcile_membership import ReconcileResult

MOVES = {"active": "enters", "none": "leaves", "outranked": "is outranked in"}


def reconcile(
    sample: Annotated[float | None, typer.Option("--sample", help="Share of the customers, always the same ones; 0.1 is every tenth.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Write what the facts say, with the cause `repair`.")] = False,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """Recompute membership from the facts and hold it against the ledger; exit status 1 where they differ.

    Example: segmentation reconcile --sample 0.1
    """
    from segmentation.pipelines.reconcile_membership import reconcile as reconcile_membership

    with told_in_words():
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        with working_on("deciding everybody again, from the facts", quiet=as_json):
            found = reconcile_membership(deployment, sample, repair)
    if as_json:
        print_json(_as_document(found))
    else:
        _show_differences(found)
    if found.count and not found.is_repaired:
        raise typer.Exit(1)


def _as_document(found: ReconcileResult) -> dict[str, Any]:
    rows = [{**vars(each), "effective_at": show_instant(each.effective_at)} for each in found.differences]
    return {"as_of": show_instant(found.as_of), "count": found.count, "is_repaired": found.is_repaired, "differences": rows}


def _show_differences(found: ReconcileResult) -> None:
    up_to = f"up to {show_instant(found.as_of)} UTC"
    if not found.count:
        out.print(f"No difference: the ledger says what the facts say, {up_to}. Next: segmentation status", soft_wrap=True)
        return
    show_table(
        ("customer", "segment", "at (UTC)", "ledger", "facts"),
        ((e.customer_id, e.segment, show_instant(e.effective_at), e.believed or "nothing", e.recomputed or "nothing") for e in found.differences),
        title=f"{found.count:,} differences {up_to}" + (f", the first {len(found.differences)}" if found.count > len(found.differences) else ""),
    )
    first = found.differences[0]
    if found.is_repaired:
        out.print(f"{found.count:,} differences repaired: the ledger says now what the facts say, with the cause `repair`.", soft_wrap=True)
        following = f"history {first.customer_id} {first.segment}"
    else:
        following = f"why {first.customer_id} {first.segment}, then segmentation reconcile --repair"
    out.print(f"Next: segmentation {following}", soft_wrap=True, markup=False)


def forecast(
    days: Annotated[int, typer.Option("--days", help="So many days after the last decision.")] = 7,
    segment: Annotated[str | None, typer.Option("--segment", help="Only this segment.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many customers' moves; 0 for all.")] = 20,
    conf: Conf = CONF,
    environment: Environment = ENVIRONMENT,
    lake: LakeOption = None,
    as_json: AsJson = False,
) -> None:
    """Who will leave or enter what, and when, if nothing new arrives.

    Example: segmentation forecast --days 7 --segment vip
    """
    from segmentation.pipelines.customer_facts import last_decided
    from segmentation.pipelines.forecast_membership import count_by_day
    from segmentation.pipelines.forecast_membership import forecast as forecast_membership
    from segmentation.pipelines.reading import Reader

    with told_in_words():
        deployment = open_deployment(conf, environment, quiet=as_json, lake=lake)
        with working_on(f"deciding the next {days} days", quiet=as_json):
            if segment is not None:
                Reader(deployment.lake).require_segment(segment)
            as_of = last_decided(deployment.evaluator().commits).as_of
            found = forecast_membership(deployment, days)
            found = (found if segment is None else found.where(found["segment"] == segment)).persist()
            counts = [row.asDict() for row in count_by_day(found).collect()]
            moves = _first_moves(found, limit)
            found.unpersist()
    document = {"as_of": show_instant(as_of), "days": days, "count": sum(row[move] for row in counts for move in ("entered", "left", "outranked"))}
    if as_json:
        print_json({**document, "by_day": counts, "moves": moves})
    else:
        _show_forecast(document, counts, moves)


def _first_moves(transitions: DataFrame, limit: int) -> list[dict[str, Any]]:
    columns = ("customer_id", "segment", "unix_micros(effective_at) as at", "status", "outranked_by", "definition")
    ordered = transitions.selectExpr(*columns).orderBy("at", "customer_id", "segment")
    rows = (ordered.limit(limit) if limit else ordered).collect()
    return [{**row.asDict(), "at": show_instant(row["at"])} for row in rows]


def _show_forecast(document: dict[str, Any], counts: list[dict[str, Any]], moves: list[dict[str, Any]]) -> None:
    ahead = f"in the {document['days']} days after {document['as_of']} UTC"
    if not moves:
        out.print(f"Nobody enters or leaves by the passing of time alone {ahead}. Next: segmentation status", soft_wrap=True)
        return
    show_table(
        ("day", "segment", "enter", "leave", "outranked"),
        ((row["day"], row["segment"], *(f"{row[move]:,}" for move in ("entered", "left", "outranked"))) for row in counts),
        title=f"without new facts, {ahead}",
    )
    shown = f"the first {len(moves)} of {document['count']:,} moves" if len(moves) < document["count"] else f"all {len(moves)} moves"
    show_table(
        ("at (UTC)", "customer", "", "segment", "outranked by"),
        ((each["at"], each["customer_id"], MOVES[each["status"]], each["segment"], each["outranked_by"] or "") for each in moves),
        whole=("segment", "outranked by"),
        title=shown,
    )
    out.print(f"Next: segmentation why {moves[0]['customer_id']} {moves[0]['segment']}", soft_wrap=True, markup=False)
