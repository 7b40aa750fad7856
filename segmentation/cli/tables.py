"""Tables on the terminal, in which nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from segmentation.cli.options import out


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Iterable[str] = ("segment",), title: str | None = None) -> None:
    """Cells of the columns `whole` stay on one line, because they are names to be copied; the others fold where the window is narrow."""
    cells = [list(row) for row in rows]
    table = Table(title=None if title is None else Text(title))
    for index, column in enumerate(columns):
        if column in whole:
            # Without a minimum rich takes from every column once the others are down to one letter.
            table.add_column(column, no_wrap=True, min_width=max((len(row[index]) for row in cells), default=0))
        else:
            table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))  # as Text: [brackets] in an id are no markup
    out.print(table)
