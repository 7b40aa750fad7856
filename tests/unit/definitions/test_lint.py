"""Each lint fires on what it is for and stays silent on its neighbour."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.definitions.codes import REFUSED, WARNED
from segmentation.definitions.lint import CHECKS
from segmentation.definitions.plain_forms import CODE
from tests.unit.definitions.projects import project

TEST = "tests: [{name: nobody, at: 2026-01-01T00:00:00Z, facts: [], expect: not member}]"


def found(folder: Path, text: str, code: str) -> list[str]:
    return [f"{issue.where.path}: {issue.problem}" for issue in project(folder, text).warnings if issue.code == code]


FIRES = {
    "SEG101": (
        "segments: {a: {rule: {any: [{did_not: email_opened}, {not_in_segment: b}]}}, b: {rule: {did: email_opened}}}",
        "segments.a.rule: an any with two negatives selects nearly everyone: 'did_not email_opened' or 'not_in_segment b'",
    ),
    "SEG102": ("segments: {a: {rule: {did: email_opened, at_least: 0}}}", "segments.a.rule: always true"),
    "SEG103": (
        "segments: {a: {rule: {all: [{did: orders}, {did_not: orders}]}}}",
        "segments.a.rule: always false: 'did orders' asks for at least one, 'did_not orders' for none",
    ),
    "SEG104": (
        "groups: {g: {order: [a, b]}}\nsegments: {a: {rule: {trait: orders_90d, above: 1}}, b: {rule: {trait: orders_90d, above: 2}}}",
        "segments.b.rule: never active: whoever it selects, 'a' of group 'g' selects too",
    ),
    "SEG105": (
        "segments: {a: {rule: {all: [{did: orders}, {did: email_opened}]}}, b: {rule: {all: [{did: email_opened}, {trait: orders_total, above: 0}]}},"
        " c: {rule: {all: [{did: email_opened}, {did: orders}]}}}",
        "segments.c.rule: the same rule as 'a'",
    ),
    "SEG106": ("segments: {a: {rule: {did: orders}}}", "segments.a: no test"),
    "SEG107": (
        "segments: {a: {rule: {all: [{did_not: email_opened}, {did_not: orders, within: 30 days}]}}}",
        "segments.a.rule: 'did_not email_opened' without a window holds for everybody never seen before",
    ),
    "SEG108": ("segments: {a: {rule: {did: orders}}}", "segments.a.rule: asks for all facts ever, and 'orders' is kept for 1095 days"),
    "SEG109": ("segments: {a: {rule: {all: [{did: orders}]}}}", "segments.a.rule: 'all' of one condition"),
}
SILENT = {
    "SEG101": "segments: {a: {rule: {any: [{did_not: email_opened}, {did: orders}]}}, b: {rule: {none: [{did: orders}, {did: email_opened}]}}}",
    "SEG102": "segments: {a: {rule: {everyone: true}}, b: {rule: {did: email_opened, at_most: 3}}}",
    "SEG103": "segments: {a: {rule: {all: [{did: orders}, {did_not: orders, within: 180 days}]}}}",
    "SEG104": "groups: {g: {order: [a, b]}}\nsegments: {a: {rule: {trait: orders_90d, above: 2}}, b: {rule: {trait: orders_90d, above: 1}}}",
    "SEG105": "segments: {a: {rule: {did: orders}}, b: {rule: {did: orders, at_least: 2}}}",
    "SEG106": f"segments: {{a: {{rule: {{did: orders}}, {TEST}}}}}",
    "SEG107": "segments: {a: {rule: {all: [{did_not: email_opened}, {did: orders}]}}, b: {rule: {did_not: email_opened, within: 3 days}}}",
    "SEG108": "segments: {a: {rule: {all: [{did: orders, within: 30 days}, {did: email_opened}]}}}",
    "SEG109": "segments: {a: {rule: {all: [{none: [{did: orders}]}, {not: {trait: average_order_value, above: 1}}, {did: orders, at_least: 2}]}}}",
}


@pytest.mark.parametrize("code", WARNED)
def test_the_lint_fires(tmp_path: Path, code: str) -> None:
    text, message = FIRES[code]
    assert found(tmp_path, text, code) == [message]


@pytest.mark.parametrize("code", WARNED)
def test_the_lint_stays_silent(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, SILENT[code], code) == []


def test_an_archived_segment_is_not_looked_at(tmp_path: Path) -> None:
    assert project(tmp_path, "segments: {a: {archived: true, rule: {all: [{did: orders}, {did_not: orders}]}}}").warnings == ()


def test_a_member_that_all_above_it_cover_together_is_unreachable(tmp_path: Path) -> None:
    text = (
        "groups: {g: {order: [a, b, c]}}\nsegments: {a: {rule: {trait: orders_90d, above: 5}}, b: {rule: {trait: orders_90d, at_most: 5}},"
        " c: {rule: {attribute: tier, is: gold}}}"
    )
    assert found(tmp_path, text, "SEG104") == ["segments.c.rule: never active: whoever it selects, 'a', 'b' of group 'g' select too"]


def test_every_check_has_a_title_and_no_code_means_two_things() -> None:
    assert {*CHECKS, CODE} == set(WARNED)
    assert set(WARNED).isdisjoint(REFUSED)


def test_a_warning_is_shown_with_its_place_and_code(tmp_path: Path) -> None:
    (issue,) = (each for each in project(tmp_path, FIRES["SEG103"][0]).warnings if each.code == "SEG103")
    assert str(issue).endswith(
        "all.yaml:1:22  segments.a.rule: warning: always false: 'did orders' asks for at least one, 'did_not orders' for none. [SEG103]"
    )


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            "{sql: \"at >= '2026-02-01' and at < '2026-01-01'\"}",
            "'lives from 2026-02-01T00:00:00Z' and 'lives until 2026-01-01T00:00:00Z' exclude each other",
        ),
        ("{did: orders, where: {total: {above: 5, below: 3}}}", "what it asks for excludes itself"),
        ("{all: [{listed_in: blocked}, {not: {listed_in: blocked}}]}", "'listed in blocked' and 'not listed in blocked' exclude each other"),
        (
            "{all: [{trait: last_order_at, within: 7 days}, {trait: last_order_at, older_than: 30 days}]}",
            "'last_order_at' asks for within 7 days, 'last_order_at' for older than 30 days",
        ),
        ("{all: [{attribute: tier, is: a}, {attribute: tier, exists: false}]}", "'tier' asks for is a, 'tier' for is missing"),
    ],
)
def test_a_contradiction_is_said_in_the_words_of_the_rule(tmp_path: Path, rule: str, problem: str) -> None:
    assert found(tmp_path, f"segments: {{a: {{rule: {rule}}}}}", "SEG103") == [f"segments.a.rule: always false: {problem}"]


@pytest.mark.parametrize(
    "rule",
    [
        "{sql: \"at >= '2026-01-01' and at < '2026-02-01'\"}",
        "{did: orders, where: {total: {above: 3, below: 5}}}",
        "{did: orders, where: {total: {above: 5, if_missing: true}, quantity: 3}}",
        "{all: [{trait: last_order_at, within: 30 days}, {trait: last_order_at, older_than: 7 days}]}",
    ],
)
def test_what_only_looks_like_a_contradiction_is_none(tmp_path: Path, rule: str) -> None:
    assert found(tmp_path, f"segments: {{a: {{rule: {rule}}}}}", "SEG103") == []
