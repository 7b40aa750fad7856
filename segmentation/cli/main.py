"""The commands by name."""

from __future__ import annotations

import typer

from segmentation.cli import authoring, checking, demo, planning, reading, reference, running, schemas, upkeep

app = typer.Typer(
    help="Who is in which customer segment, at every instant, and why.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    authoring.validate, authoring.test, planning.explain_plan, reference.reference, schemas.schema,
    running.run, reading.members, reading.history, reading.why, reading.status, reading.sql,
    checking.reconcile, checking.forecast, upkeep.backfill, upkeep.snapshot, upkeep.erase, upkeep.maintain, demo.demo,
):  # fmt: skip
    app.command()(command)


def main() -> None:
    """The console script `segmentation`."""
    app()
