"""The layers hold, and the machine that checks them can say no."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)


def plant(folder: Path, name: str, text: str) -> None:
    """A tree with the shape of the product, its contract, and one module more."""
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for package in ("pipelines", "decision", "adapters", "events", "timeline", "traits", "membership", "definitions", "rules"):
        (folder / "segmentation" / package).mkdir(parents=True)
        (folder / "segmentation" / package / "__init__.py").write_text("", encoding="utf-8")
    for module in ("__init__", "cli", "tables", "settings", "issues"):
        (folder / "segmentation" / f"{module}.py").write_text("", encoding="utf-8")
    (folder / "segmentation" / name).write_text(text, encoding="utf-8")


def test_the_product_keeps_its_layers() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("utils.py", ""),
        ("rules/check.py", "import segmentation.definitions"),
        ("traits/plan.py", "import segmentation.membership"),
        ("events/decode.py", "import segmentation.adapters"),
        ("decision/decide.py", "import segmentation.adapters"),
        ("settings.py", "import segmentation.tables"),
    ],
)
def test_a_planted_import_against_the_layers_is_refused(tmp_path: Path, name: str, text: str) -> None:
    plant(tmp_path, name, text)
    assert lint_imports(tmp_path).returncode != 0


def test_an_import_down_the_layers_is_accepted(tmp_path: Path) -> None:
    plant(tmp_path, "pipelines/evaluate_segments.py", "import segmentation.decision\nimport segmentation.adapters")
    result = lint_imports(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
