"""What a demo ends with: segments with sizes, movements and sparklines, one customer's story, and where to go from here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentation.cli.options import out, show_instant
from segmentation.cli.tables import show_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from segmentation.pipelines.deployment import Deployment

DAY = 86_400_000_000
BARS = "▁▂▃▄▅▆▇█"
DAYS = 30
FEWEST_DAYS = 7
LINES_BETWEEN = 3
"""Characters that a column takes beside its text."""


def report_of(deployment: Deployment, guide: str | None) -> dict[str, Any]:
    """Everything the report shows, as plain values. guide: the customer whose story is told; without one, who moved most."""
    from segmentation.pipelines.reading import Reader

    reader = Reader(deployment.lake)
    last = deployment.evaluator().commits.last()
    as_of = last.as_of if last and last.as_of else 0
    sizes = {row["segment"]: dict(row) for row in reader.sizes()}
    daily = _daily_counts(reader.changes(), as_of)
    order = [*deployment.project.segments, *(group.default for group in deployment.project.groups.values() if group.default)]
    segments = [{**sizes.get(slug, {"segment": slug, "active": 0, "outranked": 0}), "days": daily.get(slug, [0] * DAYS)} for slug in order]
    customer = guide or _most_moved(reader.changes())
    return {
        "as_of": show_instant(as_of), "segments": segments, "customer": customer, "history": reader.history(customer) if customer else [],
        "quarantine": _quarantine(deployment), "rows": _rows(deployment),
    }  # fmt: skip


def _daily_counts(changes: DataFrame, as_of: int) -> dict[str, list[int]]:
    """Active members of each segment at the end of each of the last 30 days, oldest first."""
    from pyspark.sql import functions as F
    from pyspark.sql.window import Window

    from segmentation.membership.ledger import KEYS, fold

    before = F.lag("status").over(Window.partitionBy(*KEYS).orderBy("effective_at"))
    moved = fold(changes).withColumn("before", before).selectExpr(
        "segment", f"cast(ceil(({as_of}L - unix_micros(effective_at) + 1) / {DAY}D) as int) - 1 as days_ago",
        "if(status = 'active', 1, 0) - if(coalesce(before, 'none') = 'active', 1, 0) as net",
    )  # fmt: skip
    steps = moved.groupBy("segment", F.least("days_ago", F.lit(DAYS)).alias("days_ago")).agg(F.sum("net").alias("net")).collect()
    found: dict[str, list[int]] = {}
    for slug in {row["segment"] for row in steps}:
        nets = {row["days_ago"]: row["net"] for row in steps if row["segment"] == slug}
        found[slug] = [sum(net for ago, net in nets.items() if ago >= day) for day in range(DAYS - 1, -1, -1)]
    return found


def _most_moved(changes: DataFrame) -> str | None:
    row = changes.where("assertion > 0").groupBy("customer_id").count().orderBy("count", "customer_id", ascending=[False, True]).first()
    return row["customer_id"] if row else None


def _quarantine(deployment: Deployment) -> list[dict[str, Any]]:
    rows = deployment.lake.read("quarantine").selectExpr("explode(reasons) as reason").groupBy("reason").count()
    return [row.asDict() for row in rows.orderBy("count", ascending=False).limit(8).collect()]


def _rows(deployment: Deployment) -> dict[str, int]:
    names = ("rows_in", "events", "duplicates", "conflicts", "quarantined")
    ingested = deployment.lake.read("batches").where("job like 'ingest%'")
    row = ingested.selectExpr(*(f"coalesce(sum({name}), 0) as {name}" for name in names)).first()
    return row.asDict() if row else {}


def sparkline(counts: list[int]) -> str:
    """A bar a day; the highest day is a full block, a day without members the lowest."""
    top = max(counts, default=0)
    return "".join(BARS[round(count / top * (len(BARS) - 1))] if top else BARS[0] for count in counts)


def _show_segments(report: dict[str, Any]) -> None:
    """Names stay whole: where the window is narrow, the sparkline shows fewer days."""
    columns = ("segment", "active", "out-\nranked", "moved in\n30 days")
    counts = [(row["segment"], f"{row['active']:,}", f"{row['outranked']:,}", f"{row['active'] - row['days'][0]:+,}") for row in report["segments"]]
    texts = [[line for cell in column for line in cell.splitlines()] for column in zip(columns, *counts, strict=True)]
    others = sum(max(map(len, lines)) + LINES_BETWEEN for lines in texts) + LINES_BETWEEN + 1
    days = max(min(DAYS, out.width - others), FEWEST_DAYS)
    sparklines = f"the last {days} days"
    cells = [(*count, sparkline(row["days"][-days:])) for count, row in zip(counts, report["segments"], strict=True)]
    show_table((*columns, sparklines), cells, whole=("segment", sparklines), title=f"segments at {report['as_of']} UTC")


def _program() -> str:
    """The command as it can be typed here: the demo is started by a script, with an environment that is not activated."""
    return Path(os.path.relpath(sys.argv[0])).as_posix() if shutil.which("segmentation") is None else "segmentation"


def show_report(report: dict[str, Any], lake: Path, conf: Path) -> None:
    from segmentation.cli.words import history_lines

    rows = report["rows"]
    out.print(
        f"{rows['rows_in']:,} rows in = {rows['events']:,} events + {rows['duplicates']:,} duplicates + {rows['quarantined']:,} quarantined"
        f" ({rows['conflicts']:,} events contradict another with their id)"
    )
    for reason in report["quarantine"]:
        out.print(f"  quarantined {reason['count']:>8,}  {reason['reason']}", highlight=False)
    _show_segments(report)
    if report["customer"]:
        out.print(f"[bold]{report['customer']}[/bold], in words (UTC):")
        lines = history_lines(report["history"])
        for line in lines[-25:]:
            out.print("  " + line, highlight=False, soft_wrap=True)
        if len(lines) > 25:
            out.print(f"  … and {len(lines) - 25} before")
    slug = report["history"][-1]["segment"] if report["history"] else "SEGMENT"
    where = f"--lake {lake} --conf {conf}"
    out.print(f"The tables lie in [bold]{lake}[/bold]. Try next:")
    for command in (
        f"why {report['customer']} {slug} {where}",
        f"members {slug} {where}",
        f"sql \"SELECT segment, count(*) FROM membership WHERE status = 'active' GROUP BY segment\" {where}",
    ):
        out.print(f"  {_program()} {command}", highlight=False, soft_wrap=True)
