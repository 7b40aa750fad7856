"""Every malformed document of the corpus gives exactly the messages that stand beside it.

A case is a text: `=== path` begins a file laid over the small shop, `=== expected` the messages.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.definitions.load import load_project
from segmentation.issues import UserError
from tests.unit.definitions.projects import SETTINGS, write

CORPUS = Path(__file__).resolve().parents[2] / "golden" / "errors"
CASES = sorted(CORPUS.glob("*.case"))


def parts(case: Path) -> dict[str, str]:
    """Heading -> text below it."""
    found: dict[str, str] = {}
    for block in case.read_text(encoding="utf-8").split("=== ")[1:]:
        heading, _, text = block.partition("\n")
        found[heading] = text
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_malformed_document_gives_exactly_these_messages(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = parts(case)
    expected = files.pop("expected")
    monkeypatch.chdir(tmp_path)
    write(Path("conf"), files)
    with pytest.raises(UserError) as refused:
        load_project(Path("conf"), SETTINGS)
    assert f"{refused.value}\n" == expected
    assert all(issue.code for issue in refused.value.issues)


def test_the_corpus_is_large_and_some_documents_have_ten_mistakes() -> None:
    counts = [sum(line.startswith("conf/") for line in parts(case)["expected"].splitlines()) for case in CASES]
    assert len(counts) >= 150
    assert sum(count >= 10 for count in counts) >= 3


def test_the_shop_below_the_cases_is_right(tmp_path: Path) -> None:
    assert load_project(write(tmp_path, {}), SETTINGS).traits
