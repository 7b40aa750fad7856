"""A full disk, a lake that cannot be written, a lost checkpoint: a sentence, nothing half-written, and on it goes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import Result
from typer.testing import CliRunner

from segmentation.adapters import claims
from tests.faults.small_shop import Place, write_inputs
from tests.faults.table_contents import differences, read_tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]
KIB = 1024


def run(place: Place) -> Result:
    from segmentation.cli.main import app

    return CliRunner().invoke(app, ["run", "--once", "--conf", str(place.conf), "--environment", str(place.environment)])


def mount(folder: Path, *options: str) -> bool:
    return subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not mount(folder, "-t", "tmpfs", "-o", "size=8m", "tmpfs"):
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, *, but: int) -> None:
    """So that `but` bytes are left."""
    free = os.statvfs(disk)
    (disk / "filler").write_bytes(b"\0" * max(free.f_bavail * free.f_frsize - but, 0))


def let_go_of_claims() -> None:
    """As the end of a process does; the next run takes them up again."""
    for file in list(claims._held):
        os.close(claims._held.pop(file))


def test_a_full_and_a_read_only_disk_are_said_in_a_sentence_and_afterwards_the_tables_are_whole(
    spark: SparkSession, tmp_path: Path, at_night: None, small_disk: Path
) -> None:
    inputs = write_inputs(spark, tmp_path / "inputs", steps=1)
    undisturbed, place = Place.create(tmp_path / "undisturbed"), Place.create(tmp_path / "shop", lake=str(small_disk / "lake"))
    for each in (undisturbed, place):
        each.receive(inputs, 0)
    assert run(undisturbed).exit_code == 0
    refusals = 0
    for left in range(0, 1000, 70):
        fill(small_disk, but=left * KIB)
        refused = run(place)
        (small_disk / "filler").unlink()
        if refused.exit_code == 0:
            break
        refusals += 1
        assert (refused.exit_code, refused.exception.__class__) == (1, SystemExit), f"{left} KiB: {refused.exception!r} {refused.output}"
        assert "the disk is full. Free some space" in refused.stderr.splitlines()[-1]
    assert refusals >= 3
    let_go_of_claims()
    assert mount(small_disk, "--bind", str(small_disk))  # over itself: what failed writes left open is not open in this one
    assert mount(small_disk, "-o", "remount,ro,bind")
    refused = run(place)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "this place cannot be written. Grant write access" in refused.stderr
    subprocess.run(["umount", str(small_disk)], check=True)
    assert run(place).exit_code == 0
    expected = read_tables(spark, undisturbed)
    assert differences(expected, read_tables(spark, place, small_disk / "lake")) == []


def test_a_lost_checkpoint_repeats_nothing_and_skips_nothing(spark: SparkSession, tmp_path: Path, at_night: None) -> None:
    inputs = write_inputs(spark, tmp_path / "inputs", steps=2)
    undisturbed, place = Place.create(tmp_path / "undisturbed"), Place.create(tmp_path / "shop")
    for step in range(2):
        for each in (undisturbed, place):
            each.receive(inputs, step)
            assert run(each).exit_code == 0
        shutil.rmtree(place.lake / "_checkpoints")
    assert run(place).exit_code == 0
    expected, found = (
        {table: rows for table, rows in read_tables(spark, each).items() if table not in ("plans", "batches")} for each in (undisturbed, place)
    )
    assert differences(expected, found) == []


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


MISTAKES: dict[str, tuple[Callable[[Place], object], str]] = {
    "a list that is not there": (lambda place: (place.data / "guests.csv").unlink(), "list guests: there is no file at"),
    "a table that is not there": (lambda place: shutil.rmtree(place.data / "orders"), "table orders: there is no Delta table at"),
    "a folder that is not there": (lambda place: shutil.rmtree(place.data / "web"), "source web: there is no folder"),
    "a column that is not there": (
        lambda place: edit(place.conf / "tables.yaml", "{tier: string}", "{tier: string, teir: string}"), "there is no column 'teir' in it"
    ),
    "another deployment": (lambda place: edit(place.environment, '"data"', '"deployment": "b", "data"'), "this lake belongs to the deployment"),
}  # fmt: skip


def test_what_is_missing_or_has_changed_is_a_line_with_the_next_step_and_mended_it_goes_on(
    spark: SparkSession, tmp_path: Path, at_night: None
) -> None:
    inputs, place = write_inputs(spark, tmp_path / "inputs", steps=1), Place.create(tmp_path / "shop")
    place.receive(inputs, 0)
    assert run(place).exit_code == 0
    shutil.copytree(place.conf, tmp_path / "conf")
    for name, (spoil, expected) in MISTAKES.items():
        spoil(place)
        refused = run(place)
        assert (refused.exit_code, refused.exception.__class__) == (1, SystemExit), f"{name}: {refused.exception!r}"
        (said,) = refused.stderr.splitlines()
        assert expected in said, name
        assert said.endswith((".", "?")), name
        shutil.copytree(tmp_path / "conf", place.conf, dirs_exist_ok=True)
        place.receive(inputs, 0)
    assert run(place).exit_code == 0
