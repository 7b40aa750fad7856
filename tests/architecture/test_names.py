"""Names say what a file holds, and nothing in the repository names a machine."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from tests.architecture.source_tree import ROOT, modules, product, repository_files

EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "core", "misc", "shared", "stuff", "tools"}
MACHINE_PATH = re.compile(r"(?<![\w.}~:/-])/(?:home|root|work|Users|mnt|private)/\w")
TEXT_SUFFIXES = {".py", ".md", ".toml", ".yaml", ".yml", ".xml", ".html", ".css", ".js", ".json", ".sql", ".sh", ".txt", ".properties", ""}


def find_empty_names(paths: list[str]) -> list[str]:
    return [path for path in paths if EMPTY_NAMES & {part.removesuffix(".py").strip("_").lower() for part in PurePosixPath(path).parts}]


def find_machine_paths(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if MACHINE_PATH.search(line)]


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert find_empty_names([path for path in repository_files() if path.endswith(".py")]) == []


@pytest.mark.parametrize("path", ["segmentation/utils.py", "segmentation/rules/_helpers.py", "segmentation/core/compile.py"])
def test_a_planted_name_that_says_nothing_is_found(path: str) -> None:
    assert find_empty_names([path]) == [path]


def test_no_file_holds_the_path_of_a_machine() -> None:
    texts = [path for path in repository_files() if PurePosixPath(path).suffix in TEXT_SUFFIXES]
    found = {path: find_machine_paths((ROOT / path).read_text(encoding="utf-8", errors="replace")) for path in texts}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_planted_machine_path_is_found_and_a_url_is_not() -> None:
    folder = "/".join(["", "home", "somebody", "lake"])
    assert find_machine_paths(f"lake: {folder}") == [f"lake: {folder}"]
    assert find_machine_paths("see https://example.org/work/lake and {lake}/work/x") == []


def test_every_module_says_in_one_line_what_it_is_for() -> None:
    first_lines = {module.path: (module.text.splitlines() or [""])[0] for module in modules("segmentation", "jobs", "tests")}
    assert {path: line for path, line in first_lines.items() if not line.startswith('"""')} == {}


def test_a_job_imports_pipelines_settings_and_the_session_only() -> None:
    allowed = ("segmentation.pipelines", "segmentation.settings", "segmentation.adapters.session", "segmentation.issues")
    offences = [
        f"{module.path} imports {name}"
        for module in product()
        if module.path.startswith("jobs/")
        for name in module.imports()
        if name.startswith("segmentation") and not name.startswith(allowed)
    ]
    assert offences == []
