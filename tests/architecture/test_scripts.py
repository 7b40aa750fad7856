"""scripts/setup on machines that lack something: one sentence with the line to run, and a non-zero exit status."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

FAILS = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What setup reads of a fresh clone."""
    for name in ("scripts/setup", "pyproject.toml", "segmentation/adapters/jars.ivy.xml"):
        target = tmp_path / "clone" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return tmp_path / "clone"


def run_setup(clone: Path, **commands: str) -> subprocess.CompletedProcess[str]:
    """Setup with some commands replaced by shell scripts; nothing is ever installed."""
    fakes = clone.parent / "bin"
    fakes.mkdir()
    for name, text in {"apt-get": FAILS, "sudo": FAILS, **commands}.items():
        (fakes / name).write_text(text, encoding="utf-8")
        (fakes / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{fakes}:{os.environ['PATH']}", "PYTHON": ""}
    return subprocess.run([str(clone / "scripts/setup")], env=environment, capture_output=True, text=True, check=False, cwd="/")


def test_without_a_fit_python_it_says_what_to_install(clone: Path) -> None:
    done = run_setup(clone, **dict.fromkeys(("python3", "python3.11", "python3.12"), FAILS))
    assert (done.returncode, done.stderr) == (1, "Python 3.11 is missing. Install it with: sudo apt-get install python3.11 python3.11-venv\n")
    assert not (clone / ".venv").exists()


def test_without_the_package_of_virtual_environments_it_names_it(clone: Path) -> None:
    fake = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac\n'
    done = run_setup(clone, **{"python3.11": fake})
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "Python 3.11 cannot make virtual environments here. Run: sudo apt-get install python3.11-venv",
    )


@pytest.mark.parametrize("script", ["scripts/setup", "scripts/check", "scripts/test", "scripts/demo", "scripts/prove", ".ci/run"])
def test_every_script_can_be_started_and_is_valid(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / script)], check=False).returncode == 0


def test_every_jar_of_the_list_has_an_exact_version() -> None:
    lines = (ROOT / "segmentation/adapters/jars.ivy.xml").read_text(encoding="utf-8").splitlines()
    dependencies = [line for line in lines if "<dependency " in line]
    assert len(dependencies) == 11
    assert all('rev="' in line and "+" not in line and "latest" not in line for line in dependencies)
