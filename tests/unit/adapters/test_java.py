"""What is missing is said before a JVM is started, with the next line to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.adapters.java import require_jars, require_java
from segmentation.issues import UserError


def fake_java(home: Path, version: str) -> None:
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-16' >&2\n")
    java.chmod(0o755)


@pytest.mark.parametrize("version", ["17.0.9", "21", "21.0.1+12"])
def test_java_17_and_21_are_taken(tmp_path, monkeypatch, version):
    fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert require_java() == str(tmp_path / "bin" / "java")


@pytest.mark.parametrize(("version", "said"), [("25", "Java 25"), ("1.8.0_392", "Java 8"), ("?", "not a Java that answers")])
def test_any_other_java_is_refused_by_its_version(tmp_path, monkeypatch, version, said):
    fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UserError, match=f"needs Java 17 or 21, but .* is {said}"):
        require_java()


def test_a_java_home_without_java_and_no_java_at_all_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UserError, match="there is no bin/java in it"):
        require_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="apt-get install"):
        require_java()


def test_missing_jars_name_the_script_that_fetches_them(tmp_path):
    with pytest.raises(UserError, match="scripts/setup"):
        require_jars(tmp_path)
    (tmp_path / "delta-spark_4.1_2.13-4.4.0.jar").touch()
    require_jars(tmp_path)
