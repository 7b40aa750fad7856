"""An environment's settings: every mistake with its place, in our words, and never a stack trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from segmentation.issues import UserError
from segmentation.settings import UNITS, Settings, load_settings


def problems(folder: Path, text: str) -> list[str]:
    file = folder / "local.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load_settings(file)
    except UserError as error:
        return [str(issue).removeprefix(f"{file}:") for issue in error.issues]
    return []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clok: wall", "2:1  clok: unknown key 'clok'. Did you mean 'clock'?"),
        ("clock: walls", "2:8  clock: expected 'events' or 'wall', found 'walls'."),
        ("time_zone: Paris", "2:12  time_zone: unknown time zone 'Paris'. Did you mean 'Europe/Paris'?"),
        ("time_zone: EST", "2:12  time_zone: unknown time zone 'EST'."),
        ("history_since: 2026-01-01", "2:16  history_since: expected an instant such as 2026-03-01T00:00:00Z, found '2026-01-01'."),
        ("max_payload_bytes: many", "2:20  max_payload_bytes: expected a whole number, found 'many'."),
        ("commits_per_batch: 0", "2:20  commits_per_batch: expected 1 or more, found '0'."),
        ("lake: y", "2:1: the key 'lake' is given twice. [SEG012]"),
        ("  clock: wall", "2:8: this is not YAML: mapping values are not allowed here. [SEG013]"),
        ("spark: {a: [x]}", "2:12  spark.a: expected text, found '['x']'."),
    ],
)
def test_a_wrong_setting_is_pointed_at(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, f"lake: x\n{text}\n") == [expected]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    assert problems(tmp_path, "lke: x\nsettle: 10\n") == [
        "1:1: 'lake' is missing. It says folder or URI under which all tables lie.",
        "1:1  lke: unknown key 'lke'. Did you mean 'lake'?",
        "2:9  settle: '10' is not a duration: expected a whole number and seconds, minutes, hours, days or weeks, such as '30 days'.",
    ]


def test_right_settings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "local.yaml"
    file.write_text("\ufefflake: x\nsettle: 2 hours\ntime_zone: Europe/Paris\nspark: {a: 4, b: true}\n", encoding="utf-8")
    found = load_settings(file, clock="events", data=None)
    assert (found.settle, found.clock, found.data, found.spark) == (2 * UNITS["hour"], "events", ".", {"a": "4", "b": "true"})


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40) | st.text(alphabet="lake:clok [x]{}-&*!2026-1?\n\t'\"", max_size=40))
def test_any_text_is_settings_or_mistakes(tmp_path: Path, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    problems(tmp_path, text)


@pytest.mark.parametrize(
    ("lake", "expected"),
    [("lake", "{here}/lake"), ("/srv/lake/", "/srv/lake"), ("s3a://bucket/lake", "s3a://bucket/lake"), ("dbfs:/lake", "dbfs:/lake")],
)
def test_a_folder_becomes_absolute_and_a_uri_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lake: str, expected: str) -> None:
    """Delta takes a relative path for a name of the catalog."""
    monkeypatch.chdir(tmp_path)
    assert Settings(lake=lake).lake == expected.format(here=tmp_path)
