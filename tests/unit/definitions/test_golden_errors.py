"""Every malformed document of the corpus gives exactly the messages that stand beside it.

A case is a text: `=== path` begins a file laid over the small shop, `=== expected` the messages.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segmentation.definitions.codes import OTHER, REFUSED
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


def codes(case: Path) -> set[str]:
    return set(re.findall(r"\[(SEG\d{3})\]", parts(case)["expected"]))


@pytest.mark.parametrize("code", [code for code in REFUSED if code != "SEG010"])
def test_every_kind_of_mistake_has_a_case(code: str) -> None:
    """SEG010, a slug used before, needs a table of definitions: tests/unit/definitions/test_versions.py."""
    assert any(code in codes(case) for case in CASES)


def test_no_case_is_of_no_kind() -> None:
    assert [case.stem for case in CASES if OTHER in codes(case)] == []


RIGHT = {
    "SEG001": "{did: orders, within: 3 days}",
    "SEG002": "{trait: average_order_value, above: 3}",
    "SEG003": "{did: orders, where: {total: {above: 3.5}}}",
    "SEG004": "{in_segment: other}",
    "SEG005": "{did: orders, within: 1095 days}",
    "SEG007": "{in_segment: rest, status: active}",
    "SEG008": '{sql: "points > 3 and (vip)"}',
    "SEG009": "{did: orders, within: 90 days, since: start of month}",
    "SEG012": "{all: [{did: orders, where: {total: 3, status: paid}}, {did: orders}]}",
    "SEG014": "{last: orders, has: {status: paid}}",
    "SEG015": '{attribute: tier, is: "5"}',
    "SEG017": "{attribute: tier, matches: '^go+ld$'}",
    "SEG018": "{trait: orders_90d, between: [3, 5]}",
    "SEG019": "{attribute: tier, is: Gold, ignoring_case: true, for: 3 days}",
    "SEG020": "{sql: \"coalesce(points, 0) + 1 > 3 and lower(tier) = 'gold'\"}",
    "SEG021": "{sequence: [{did: orders}, {did_not: email_opened, within: 3 days}]}",
    "SEG023": "{not: {not: {not: {not: {did: orders}}}}}",
}
"""Rules beside the mistakes that are none. The files of the shop are the neighbours of the kinds that concern no rule."""


@pytest.mark.parametrize("code", RIGHT)
def test_its_right_neighbour_is_let_through(tmp_path: Path, code: str) -> None:
    others = "  other: {rule: {did: orders}}\ngroups: {life: {order: [other], default: rest}}\n"
    write(tmp_path, {"segments/all.yaml": f"segments:\n  a: {{rule: {RIGHT[code]}}}\n{others}"})
    assert set(load_project(tmp_path, SETTINGS).segments) == {"a", "other"}


def test_the_shop_below_the_cases_is_right(tmp_path: Path) -> None:
    assert load_project(write(tmp_path, {}), SETTINGS).traits
