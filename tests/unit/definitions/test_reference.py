"""The reference is what the parser's tables say: every form has a page, every example holds, and the committed pages are the made ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segmentation.definitions.codes import FINDINGS, anchor
from segmentation.definitions.reference.examples import load_example, segments_text, traits_text
from segmentation.definitions.reference.forms import Page, forms, pages, written
from segmentation.definitions.reference.markdown import reference_files
from segmentation.definitions.reference.syntax import OPERANDS
from segmentation.rules.parse.comparisons import WORDS

ROOT = Path(__file__).resolve().parents[3]
COMMITTED = ROOT / "docs" / "reference"


def test_every_form_of_the_parsers_tables_is_written_about_and_nothing_else() -> None:
    assert {(kind, name) for kind, names in forms().items() for name in names} == set(written())


def test_every_comparison_word_says_what_stands_beside_it() -> None:
    assert {word.read for word in WORDS.values()} == set(OPERANDS)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.path)
def test_the_example_of_a_form_shows_it_and_holds(page: Page) -> None:
    text = traits_text(page.written) + segments_text(page.written)
    assert page.kind == "documents" or page.name == "counts" or re.search(rf"\b{page.name}:", text)
    outcomes = load_example(page.written).outcomes()
    assert [outcome.name for outcome in outcomes if not outcome.is_passed] == []
    assert {outcome.holds and outcome.found.status == "active" for outcome in outcomes} == {True, False}


def test_the_committed_pages_are_those_made_of_the_tables() -> None:
    found = {file.relative_to(COMMITTED).as_posix(): file.read_text(encoding="utf-8") for file in COMMITTED.rglob("*.md")}
    assert found == reference_files(), "write them anew: segmentation reference --write docs/reference"


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for file in COMMITTED.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file}: {target}"


@pytest.mark.parametrize("code", FINDINGS)
def test_the_anchor_of_a_code_is_a_heading_of_a_committed_page(code: str) -> None:
    page, _, heading = anchor(code).partition("#")
    assert f"\n## {heading.upper()}\n" in (ROOT / page).read_text(encoding="utf-8")
