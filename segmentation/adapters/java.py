"""Is there a Java that Spark runs on, and are Delta's jars there? Asked first: all else reaches Python as JAVA_GATEWAY_EXITED."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from segmentation.issues import UserError

SUPPORTED = (17, 21)
"""Spark 4.1 does not start on 25: `getSubject is not supported`."""

INSTALL = "Install one, such as: sudo apt-get install -y openjdk-17-jre-headless"


def require_java() -> str:
    """The path of the java to be started. Raises UserError with the next line to run."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if home and not Path(str(java)).exists():
        raise UserError.because(f"JAVA_HOME is {home}, but there is no bin/java in it", "Unset it (unset JAVA_HOME) or point it to Java 17 or 21.")
    if java is None:
        raise UserError.because("Spark needs Java 17 or 21, and there is no java on the PATH", INSTALL)
    version = _version(java)
    if version not in SUPPORTED:
        found = f"Java {version}" if version else "not a Java that answers `java -version`"
        raise UserError.because(f"Spark 4.1 needs Java 17 or 21, but {java} is {found}", f"{INSTALL}, or set JAVA_HOME to one that is there.")
    return java


def require_jars(folder: Path) -> None:
    """Delta's jars are in the folder of the environment. Raises UserError with the next line to run."""
    if not any(folder.glob("delta-spark_*.jar")):
        raise UserError.because(f"Delta Lake's jars are not in {folder}", "Fetch them once with: scripts/setup")


def _version(java: str) -> int:
    """The major version; 0 where it cannot be told."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(match[1]) if match else 0
