"""Files and functions stay small: caps for each, medians for all."""

from __future__ import annotations

from statistics import median

import pytest

from tests.architecture.source_tree import Module, length, modules, product

MODULE_CAP, MODULE_MEDIAN = 300, 90
FUNCTION_CAP, FUNCTION_MEDIAN = 40, 10
JOB_CAP = 25


def find_long_modules(sources: list[Module], cap: int) -> list[str]:
    return [f"{module.path} has {module.line_count} lines" for module in sources if module.line_count > cap]


def find_long_functions(sources: list[Module], cap: int) -> list[str]:
    return [
        f"{module.path}:{function.lineno} {function.name} has {length(function)} lines"
        for module in sources
        for function in module.functions()
        if length(function) > cap
    ]


def test_no_module_is_longer_than_the_cap() -> None:
    assert find_long_modules(modules("segmentation", "jobs", "tests", "scripts"), MODULE_CAP) == []


def test_no_function_is_longer_than_the_cap() -> None:
    assert find_long_functions(modules("segmentation", "jobs", "tests", "scripts"), FUNCTION_CAP) == []


def test_half_of_the_modules_are_at_most_90_lines_long() -> None:
    assert median(module.line_count for module in product() if not module.is_empty) <= MODULE_MEDIAN


def test_half_of_the_functions_are_at_most_10_lines_long() -> None:
    assert median([length(function) for module in product() for function in module.functions()] or [0]) <= FUNCTION_MEDIAN


def test_a_job_is_an_entry_point_of_at_most_25_lines() -> None:
    assert find_long_modules(modules("jobs"), JOB_CAP) == []


@pytest.mark.parametrize(("lines", "found"), [(3, 0), (4, 1)])
def test_the_caps_are_exact(lines: int, found: int) -> None:
    text = "def f():\n" + "    x = 1\n" * (lines - 1)
    assert len(find_long_functions([Module("planted.py", text)], cap=3)) == found
    assert len(find_long_modules([Module("planted.py", text)], cap=3)) == found
