"""`segmentation demo`: the main job on the embedded shop, or on a folder of daily invoice files, told from beginning to end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from segmentation.cli.options import CONF, ENVIRONMENT, AsJson, Environment, err, print_json, told_in_words
from segmentation.cli.report import report_of, show_report
from segmentation.issues import UserError

if TYPE_CHECKING:
    from segmentation.pipelines.deployment import Deployment
    from segmentation.pipelines.evaluate_batch import Evaluator

RETAIL_CONF = CONF / "online_retail"
DAYS_A_STEP = 20
SHORT_SESSION = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""A demo of two minutes gains more from few tasks than from small ones, and from projections that need not be generated and compiled."""


def demo(
    online_retail: Annotated[
        Path | None, typer.Option("--online-retail", help="A folder of daily invoice files (.csv.gz) instead of the embedded shop.")
    ] = None,
    by: Annotated[Literal["day", "month"], typer.Option("--by", help="Invoice files in one micro-batch.")] = "day",
    keep: Annotated[bool, typer.Option("--keep", help="Go on where the last demo ended, instead of starting clean.")] = False,
    customers: Annotated[int, typer.Option("--customers", help="Customers of the embedded shop.")] = 2000,
    lake: Annotated[Path, typer.Option("--lake", help="Where the demo's tables lie.")] = Path("lake/demo"),
    environment: Environment = ENVIRONMENT,
    as_json: AsJson = False,
) -> None:
    """Sixty days of a shop in a few micro-batches, then who is where, and why.

    Example: segmentation demo --online-retail ../shared/data/online_retail --by month
    """
    with told_in_words():
        lake = lake / "online_retail" if online_retail else lake / "shop"
        if not keep:
            shutil.rmtree(lake, ignore_errors=True)
        if online_retail is not None:
            deployment, guide = _retail(online_retail, lake, environment, by), None
        else:
            deployment, guide = _shop(lake, environment, customers)
        conf = RETAIL_CONF if online_retail else CONF
        report = report_of(deployment, guide)
    if as_json:
        print_json(report)
    else:
        show_report(report, lake, conf)


def _progress(as_what: str) -> Progress:
    columns = (TextColumn(as_what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=err, transient=True)


def _open(conf: Path, environment: Path, lake: Path, inbox: Path, **settings: Any) -> Deployment:
    from segmentation.cli.running import open_deployment

    inbox.mkdir(parents=True, exist_ok=True)
    return open_deployment(conf, environment, lake=str(lake), data=str(inbox), clock="events", **settings)


def _shop(lake: Path, environment: Path, customers: int) -> tuple[Deployment, str]:
    """The embedded shop, some days at a time: its systems leave files and change tables, the job takes them up."""
    from segmentation.adapters.shop.generator import shop
    from segmentation.adapters.shop.writing import find_unwritten_days, open_shop, write_days
    from segmentation.pipelines.run_segmentation import run_once
    from segmentation.pipelines.stopping import Stopping

    is_new = not lake.exists()
    with ThreadPoolExecutor(1) as beside:
        future = beside.submit(shop, customers=customers)
        deployment = _open(CONF, environment, lake, lake / "inbox", snapshot_every="60 days", spark=_short_session(environment))
        made = future.result()
    if is_new:
        open_shop(deployment.spark, deployment.settings)
    days = find_unwritten_days(made, deployment.settings)
    evaluator = deployment.evaluator()
    with _progress("days of the shop") as bar:
        task = bar.add_task("", total=len(days))
        for first in range(0, len(days), DAYS_A_STEP):
            step = days[first : first + DAYS_A_STEP]
            write_days(deployment.spark, made, step, deployment.settings)
            stopping = Stopping()
            result = run_once(deployment, evaluator, overlap=False, stopping=stopping)
            _leave_if(stopping.is_told)
            bar.update(task, advance=len(step), description=f"{step[-1].date}: {sum(f.events for f in result.ingested):,} events")
    _close(evaluator)
    return deployment, made.guide


def _short_session(environment: Path) -> dict[str, str]:
    from segmentation.settings import load_settings

    return {**load_settings(environment).spark, **SHORT_SESSION}


def _retail(folder: Path, lake: Path, environment: Path, by: str) -> Deployment:
    """Daily invoice files, a day or a month in a micro-batch; a file that is in the inbox already was read before."""
    files = sorted(folder.glob("*.csv.gz"))
    if not files:
        raise UserError.because(f"there are no files *.csv.gz in {folder}", "Give a folder with one file a day, such as 2010-12-01.csv.gz.")
    inbox = lake / "inbox"
    by_day = {"max_files_per_trigger": 1, "commits_per_batch": 1, "snapshot_every": "30 days"}
    by_month = {"max_files_per_trigger": 1000, "snapshot_every": "120 days"}
    deployment = _open(RETAIL_CONF, environment, lake, inbox, **(by_day if by == "day" else by_month))
    evaluator = deployment.evaluator()
    waiting = [file for file in files if not (inbox / file.name).exists()]
    with _progress("days of invoices") as bar:
        task = bar.add_task("", total=len(waiting))
        for batch in _batches(waiting, by):
            _take_up(deployment, evaluator, batch, inbox, lambda done, words: bar.update(task, advance=done, description=words))
    _close(evaluator)
    return deployment


def _batches(files: Sequence[Path], by: str) -> Iterator[list[Path]]:
    """All at once where the stream itself takes one file a batch, else the files of each month."""
    if by == "day":
        yield list(files)
        return
    for _, month in groupby(files, key=lambda file: file.name[:7]):
        yield list(month)


def _take_up(deployment: Deployment, evaluator: Evaluator, files: Sequence[Path], inbox: Path, tell: Any) -> None:
    from segmentation.pipelines.run_segmentation import Listeners, run_once
    from segmentation.pipelines.stopping import Stopping

    for file in files:
        with tempfile.NamedTemporaryFile(dir=inbox, prefix=".", delete=False) as unfinished:
            unfinished.write(file.read_bytes())
        Path(unfinished.name).rename(inbox / file.name)
    per_batch = 1 if deployment.settings.commits_per_batch else len(files)
    listeners = Listeners(on_evaluated=lambda plan: tell(per_batch, f"batch {plan.batch_id}"))
    stopping = Stopping()
    run_once(deployment, evaluator, listeners=listeners, stopping=stopping)
    _leave_if(stopping.is_told)


def _leave_if(is_told: bool) -> None:
    """SIGTERM or Ctrl-C came: the batch at hand is finished, and the demo ends there."""
    if is_told:
        err.print("Stopped between two batches. Next: segmentation demo --keep goes on from here.")
        raise typer.Exit(0)


def _close(evaluator: Evaluator) -> None:
    """A last snapshot, so that the table `membership` says what the ledger says."""
    from segmentation.pipelines.snapshot_membership import take_now

    if evaluator.commits.last() is not None:
        take_now(evaluator.commits, evaluator.snapshots)
