"""Options that all commands share, and how a command ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from segmentation.issues import UserError

Conf = Annotated[Path, typer.Option("--conf", help="Folder with events/, sources/, tables.yaml, traits.yaml and segments/.")]
Environment = Annotated[Path, typer.Option("--environment", help="Settings: where the lake is, whose clock rules.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else there.")]
LakeOption = Annotated[str | None, typer.Option("--lake", help="Another lake than the environment's.")]
At = Annotated[str | None, typer.Option("--at", help="An instant such as 2026-03-01T00:00:00Z; without it, the present.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="What was known by then; without it, what is known now.")]

CONF = Path("conf")
ENVIRONMENT = Path("conf/environments/local.yaml")

out = Console()
err = Console(stderr=True)


@contextmanager
def told_in_words() -> Iterator[None]:
    """A mistake of the user is a line an issue on standard error and exit status 1, never a stack trace."""
    try:
        yield
    except UserError as error:
        for issue in error.issues:
            print(issue, file=sys.stderr)  # noqa: T201
        raise typer.Exit(1) from None


@contextmanager
def working_on(words: str, *, quiet: bool = False) -> Iterator[None]:
    """What is being done, on standard error of a terminal, for as long as it takes."""
    if quiet:
        yield
        return
    with err.status(words):
        yield


def print_json(document: Any) -> None:
    print(json.dumps(document, default=str, ensure_ascii=False))  # noqa: T201


def read_instant(text: str | None) -> int | None:
    """An instant as microseconds; without a zone it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError.because(f"'{text}' is not an instant", "Write one such as 2026-03-01T00:00:00Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def show_instant(micros: int | None) -> str:
    """UTC, to the second where nothing is lost by it."""
    if micros is None:
        return ""
    moment = datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
    return moment.strftime("%Y-%m-%d %H:%M:%S") + (f".{moment.microsecond:06d}" if moment.microsecond else "")
