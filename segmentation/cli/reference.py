"""`segmentation reference`: a page a form of the language, in the terminal or as files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from segmentation.cli.options import AsJson, out, print_json, told_in_words
from segmentation.issues import UserError, suggest


def reference(
    form: Annotated[str | None, typer.Argument(help="A form such as did, or a finding's code such as SEG002; without one, all are listed.")] = None,
    write: Annotated[Path | None, typer.Option("--write", help="A folder to write all pages into, as Markdown.")] = None,
    as_json: AsJson = False,
) -> None:
    """The language, a page a form: how it is written, what it means, what it says of missing values, when it changes, an example.

    Example: segmentation reference did
    """
    with told_in_words():
        texts = _texts(form) if write is None else _write(write)
    if as_json:
        print_json(texts)
    elif write is not None:
        out.print(f"{len(texts)} pages in {write}", soft_wrap=True)
    elif form is None:
        out.print(", ".join(texts), soft_wrap=True, highlight=False)
    else:
        _show(texts)


def _texts(form: str | None) -> dict[str, str]:
    """Pages by path; of all forms only what they mean."""
    from segmentation.definitions.codes import FINDINGS
    from segmentation.definitions.reference.forms import pages
    from segmentation.definitions.reference.markdown import finding_section, form_page

    if form is None:
        return {page.path.removesuffix(".md"): page.written.meaning for page in pages()}
    if form.upper() in FINDINGS:
        return {f"findings.md#{form.lower()}": finding_section(form.upper())}
    found = {page.path: form_page(page) for page in pages() if form in (page.name, page.path.removesuffix(".md"))}
    if not found:
        raise UserError.because(
            f"there is no form '{form}'", suggest(form, [*(page.name for page in pages()), *FINDINGS]) or "See segmentation reference."
        )
    return found


def _write(folder: Path) -> dict[str, str]:
    """All pages, and none of forms that are gone."""
    from segmentation.definitions.reference.forms import forms
    from segmentation.definitions.reference.markdown import reference_files

    texts = reference_files()
    for kind in forms():
        shutil.rmtree(folder / kind, ignore_errors=True)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return texts


def _show(texts: dict[str, str]) -> None:
    from rich.markdown import Markdown

    for text in texts.values():
        out.print(Markdown("\n".join(line for line in text.splitlines() if not line.startswith("<!--"))))
