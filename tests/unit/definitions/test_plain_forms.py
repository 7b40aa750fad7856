"""What is written longer than it need be is pointed at, and what means something else without is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.definitions.projects import project


def warned(folder: Path, rule: str) -> list[str]:
    found = project(folder, f"segments:\n  a: {{rule: {rule}}}").warnings
    return [f"{issue.where.path.removeprefix('segments.a.')}: {issue.problem}" for issue in found if issue.code == "SEG109"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{any: [{did: orders}]}", "rule: 'any' of one condition"),
        ("{not: {not: {did: orders}}}", "rule: not of not"),
        ("{attribute: tier, in: [gold, silver, gold]}", "rule.in[2]: 'gold' stands in this in twice"),
        ("{did: orders, where: {status: {not_in: [a, a]}}}", "rule.where.status.not_in[1]: 'a' stands in this not_in twice"),
        ("{any: [{did: orders}, {did: email_opened}, {did: orders}]}", "rule.any[2]: this condition stands in this any twice"),
        ("{tree: [{when: {all: [{did: orders}]}, then: true}]}", "rule.tree[0].when: 'all' of one condition"),
        ("{all: [{did: orders}, {any: [{did: email_opened}]}]}", "rule.all[1]: 'any' of one condition"),
    ],
)
def test_it_is_warned_of_at_its_place(tmp_path: Path, rule: str, expected: str) -> None:
    assert warned(tmp_path, rule) == [expected]


@pytest.mark.parametrize(
    "rule",
    [
        "{none: [{did: orders}]}",
        "{not: {any: [{did: orders}, {did: email_opened}]}}",
        "{attribute: tier, in: [gold, Gold]}",
        "{any: [{did: orders}, {did: orders, at_least: 2}]}",
        "{sequence: [{did: orders}, {did: orders}]}",
        "{trait: orders_90d, between: [3, 3]}",
    ],
)
def test_what_means_something_else_without_is_left_alone(tmp_path: Path, rule: str) -> None:
    assert warned(tmp_path, rule) == []


def test_a_trait_is_looked_at_too_and_an_alias_once(tmp_path: Path) -> None:
    traits = "traits:\n  a: {count: orders, where: &w {status: {in: [x, x]}}}\n  b: {count: orders, where: *w, within: 3 days}\n"
    found = project(tmp_path, **{"traits.yaml": traits}).warnings
    assert [issue.where.path for issue in found] == ["traits.a.where.status.in[1]"]
