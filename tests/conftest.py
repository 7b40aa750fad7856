"""One JVM for a whole test run, and an empty lake for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from segmentation.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TEST_OPTIONS = {
    "spark.master": "local[2]",
    "spark.driver.memory": "1500m",
    "spark.sql.shuffle.partitions": "2",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=0, help="how many processes tests/faults/test_killed_at_random.py kills")
    parser.addoption("--kill-seed", type=int, default=1, help="which moments it chooses")
    parser.addoption("--proof-seeds", type=int, default=0, help="so many seeds more of the long proofs")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    from segmentation.adapters.session import create_session

    warehouse = str(tmp_path_factory.mktemp("warehouse"))
    session = create_session(Settings(lake=warehouse), "tests", {**TEST_OPTIONS, "spark.sql.warehouse.dir": warehouse})
    yield session
    session.stop()


@pytest.fixture(scope="module")
def interpreted(spark: SparkSession) -> Iterator[SparkSession]:
    """For a handful of rows the classes that Spark generates cost far more than they save; the two readings are compared with them."""
    options = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
    for name, value in options.items():
        spark.conf.set(name, value)
    yield spark
    for name in options:
        spark.conf.unset(name)


@pytest.fixture
def at_night(request: pytest.FixtureRequest) -> None:
    """For what takes minutes of whole runs."""
    if not request.config.getoption("--kills"):
        pytest.skip("minutes of whole runs: --kills 1 runs it")


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Settings of an empty lake; the clock is that of the events."""
    return Settings(lake=str(tmp_path / "lake"), data=str(tmp_path / "data"), clock="events")
