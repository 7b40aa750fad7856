"""What is installed is imported, and what is imported is declared."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.architecture.source_tree import ROOT, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
WITHOUT_IMPORT = {
    "tzdata": "the time zones of Python's zoneinfo on machines without their own",
    "pyarrow": "Spark's bridge to pandas and Arrow; imported by Spark",
    "pandas": "the bound that pyspark.testing needs; imported by Spark",
    "pytest-xdist": "runs test files side by side: scripts/test passes -n",
    "ruff": "run by scripts/check",
    "import-linter": "run by scripts/check",
    "chispa": "compares frames in tests/spark",
    "mypy": "run by scripts/check",
    "types-pyyaml": "types for mypy",
    "pandas-stubs": "types for mypy",
}
"""Declared packages that no file imports, each with the reason."""
FUTURE_EXTRAS = {"quality", "charts"}
"""Extras whose first feature has not landed. `scripts/setup` does not install them."""


def normalized(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution(requirement: str) -> str:
    return normalized(re.split(r"[<>=\[;~! ]", requirement, maxsplit=1)[0])


def declared(*extras: str) -> set[str]:
    requirements = [*PROJECT["dependencies"], *(each for extra in extras for each in EXTRAS[extra])]
    return {distribution(each) for each in requirements}


def imported(*folders: str) -> set[str]:
    """Distributions whose packages the folders import; the standard library and this project are left out."""
    owners = packages_distributions()
    tops = {name.partition(".")[0] for module in modules(*folders) for name in module.imports()}
    third_party = tops - sys.stdlib_module_names - {"segmentation", "tests", "jobs", "scripts"}
    return {normalized(owners[top][0]) for top in third_party if top in owners}


def find_unused(packages: set[str], used: set[str]) -> set[str]:
    return packages - used - set(WITHOUT_IMPORT)


def test_every_declared_package_is_imported_or_has_a_reason() -> None:
    extras = set(EXTRAS) - FUTURE_EXTRAS
    assert find_unused(declared(*extras), imported("segmentation", "jobs", "scripts", "tests")) == set()


def test_a_planted_package_that_nothing_imports_is_found() -> None:
    assert find_unused({"jinja2", "ruff", "rich"}, {"rich"}) == {"jinja2"}


def test_the_product_imports_what_it_declares() -> None:
    through_others = {"click": "typer's own command line library", "py4j": "part of pyspark"}
    runtime = declared("spark", *FUTURE_EXTRAS)
    assert imported("segmentation", "jobs") - runtime - set(through_others) == set()


def test_no_reason_outlives_its_package() -> None:
    everything = declared(*EXTRAS)
    assert set(WITHOUT_IMPORT) - everything == set()


def test_an_extra_waits_only_until_its_first_import() -> None:
    for extra in FUTURE_EXTRAS:
        packages = {distribution(each) for each in EXTRAS[extra]}
        assert packages.isdisjoint(imported("segmentation")), f"the extra {extra} is in use: take it out of FUTURE_EXTRAS"


def test_setup_installs_no_extra_that_nothing_imports() -> None:
    setup = (Path(ROOT) / "scripts/setup").read_text(encoding="utf-8")
    installed = re.search(r"-e '\.\[([\w,]+)\]'", setup)
    assert installed is not None
    assert FUTURE_EXTRAS.isdisjoint(installed[1].split(","))
