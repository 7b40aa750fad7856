"""The commands that read, check and keep a lake, run as a user runs them on a small one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from segmentation.cli.main import app
from segmentation.definitions.load import load_project
from segmentation.settings import load_settings

pytestmark = [pytest.mark.spark, pytest.mark.slow]
LONG = "looked_around_within_the_last_week_at_least_once"
PLAN = "events:\n  purchase: {properties: {total: 'decimal(12,2)'}}\n  visit: {}\n"
SOURCE = 'format: json\npath: "{data}/*"\n'
SEGMENTS = f"""
groups:
  value: {{order: [vip, buyer], default: others}}
segments:
  vip: {{rule: {{did: purchase, within: 30 days, at_least: 2}}}}
  buyer: {{rule: {{did: purchase, within: 30 days}}}}
  {LONG}: {{rule: {{did: visit, within: 7 days}}}}
  never: {{rule: {{did: purchase, where: {{total: {{above: 1000000}}}}}}}}
"""
ENVIRONMENT = "lake: {place}/lake\ndata: {place}/data\nclock: events\nsnapshot_every: 1000 days\nspark: {{spark.sql.shuffle.partitions: 2}}\n"
IN_TIME = (
    ("ann", "purchase", "01T10"),
    ("bob", "purchase", "02T09"),
    ("bob", "visit", "04T08"),
    ("ann", "purchase", "05T10"),
    ("cara", "visit", "06T12"),
)
LATE = (("bob", "purchase", "03T09"),)
UNDECIDED = (("cara", "purchase", "06T11"), ("cara", "purchase", "06T13"))


def call(place: Path, *words: str) -> Result:
    found = CliRunner().invoke(app, [*words, "--conf", str(place / "conf"), "--environment", str(place / "environment.yaml")])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    assert "Traceback" not in found.stderr
    return found


def read(place: Path, *words: str) -> Any:
    """The one document of a command that ends well."""
    found = call(place, *words, "--json")
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)


def drop(place: Path, name: str, rows: tuple[tuple[str, str, str], ...]) -> None:
    lines = (
        {"event_id": f"{name}{number}", "event": event, "customer_id": customer, "occurred_at": f"2026-03-{hour}:00:00Z",
         "received_at": "2026-03-06T18:00:00Z", "properties": {"total": 50} if event == "purchase" else {}}
        for number, (customer, event, hour) in enumerate(rows, 1)
    )  # fmt: skip
    (place / "data" / f"{name}.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(scope="module")
def place(interpreted, tmp_path_factory) -> Path:
    """Two batches, the second with a late purchase of bob's: nobody knew of it in the first."""
    place = tmp_path_factory.mktemp("shop")
    texts = {"conf/events/plan.yaml": PLAN, "conf/sources/web.yaml": SOURCE, "conf/segments/all.yaml": SEGMENTS}
    for file, text in {**texts, "environment.yaml": ENVIRONMENT.format(place=place)}.items():
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).write_text(text)
    (place / "data").mkdir()
    for name, rows in (("a", IN_TIME), ("b", LATE)):
        drop(place, name, rows)
        assert read(place, "run", "--once")["batches"] == 1
    return place


def test_members_answers_for_any_instant_as_known_at_any_other(place):
    first = read(place, "sql", "SELECT cast(unix_micros(min(recorded_at)) AS bigint) AS us FROM plans WHERE job = 'evaluate'")[0]["us"]
    known_at = read(place, "sql", f"SELECT date_format(timestamp_micros({first}), \"yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'\") AS at")[0]["at"]
    now = read(place, "members", "vip", "--at", "2026-03-04T00:00:00Z")
    assert (now["count"], now["members"][0]["customer_id"], now["members"][0]["since"]) == (1, "bob", "2026-03-03 09:00:00")
    assert read(place, "members", "vip", "--at", "2026-03-04T00:00:00Z", "--known-at", known_at)["members"] == []
    told = call(place, "members", "buyer", "--status", "outranked")
    assert "buyer: 2 outranked" in told.stdout
    assert "Next: segmentation why bob buyer" in told.stdout


def test_history_tells_causes_and_true_instants_and_names_are_never_cut(place):
    told = call(place, "history", "bob").stdout
    assert "2026-03-03 09:00:00  entered vip by an event (vip@1)" in told
    assert f"2026-03-04 08:00:00  entered {LONG} by an event ({LONG}@1)" in told
    for words in (
        ("status",),
        ("forecast", "--days", "30"),
        ("sql", "SELECT segment, customer_id, effective_at, cause, batch_id FROM membership_changes"),
    ):
        told = call(place, *words).stdout
        assert LONG in told, words
        assert "…" not in told, words


def test_why_shows_the_tree_the_deciding_facts_the_winner_and_the_next_change(place):
    told = call(place, "why", "ann", "vip", "--at", "2026-03-05T10:00:00Z").stdout
    for words in (
        "ann in vip at 2026-03-05 10:00:00 UTC: active (vip@1)", "purchase a1 at 2026-03-01 10:00:00", "purchase a4 at 2026-03-05 10:00:00",
        "winner: vip", "it becomes none at 2026-03-31 10:00:00 UTC", "Next: segmentation history ann vip",
    ):  # fmt: skip
        assert words in told
    found = read(place, "why", "ann", "buyer", "--at", "2026-03-05T09:59:59.999999Z")
    assert (found["status"]["status"], found["standing"]["winner"], found["rule"]["truth"]) == ("active", "buyer", True)


WRONG = {
    ("members", "vipp"): "there is no segment 'vipp'. Did you mean 'vip'?",
    ("members", "' OR '1' = '1"): "there is no segment '' OR '1' = '1'.",
    ("why", "ann", "buyr"): "there is no segment 'buyr'. Did you mean 'buyer'?",
    ("why", "nobody", "vip"): "no fact of a customer 'nobody' is known.",
    ("history", "nobody"): "no membership of a customer 'nobody' is known.",
    ("history", "ann", "vipp"): "Did you mean 'vip'?",
    ("forecast", "--segment", "vipp"): "Did you mean 'vip'?",
    ("forecast", "--days", "0"): "cannot look 0 days ahead.",
    ("members", "vip", "--at", "yesterday"): "'yesterday' is not an instant.",
    ("sql", "SELECT * FROM membershipp"): "TABLE_OR_VIEW_NOT_FOUND",
    ("sql", "SELECT cast('x' AS int)"): "CAST_INVALID_INPUT",
    ("reconcile", "--sample", "2"): "2.0 is no share of the customers.",
    ("maintain", "--retain-hours", "5"): "5 hours is too short a retention.",
}


def test_a_wrong_name_or_number_is_one_sentence_with_the_nearest_right_one(place):
    for words, sentence in WRONG.items():
        found = call(place, *words)
        assert (found.exit_code, found.stdout) == (1, ""), words
        assert sentence in found.stderr
        assert len(found.stderr.splitlines()) == 1, found.stderr


def test_a_segment_nobody_was_in_has_no_members_and_is_no_mistake(place):
    assert read(place, "members", "never") == {"segment": "never", "status": "active", "count": 0, "members": []}


def test_status_counts_jobs_and_sizes(place):
    found = read(place, "status")
    jobs = {row["job"]: row for row in found["jobs"]}
    assert (jobs["evaluate"]["batches"], jobs["evaluate"]["is_unfinished"], jobs["ingest/web"]["rows_in"]) == (2, False, 6)
    sizes = {row["segment"]: (row["active"], row["outranked"]) for row in found["segments"]}
    assert (sizes["vip"], sizes["buyer"]) == ((2, 0), (0, 2))


def test_a_snapshot_is_taken_once_and_read_by_its_version(place):
    first, again = read(place, "snapshot"), call(place, "snapshot").stdout
    assert first["is_new"]
    assert "was there already" in again
    assert f"VERSION AS OF {first['membership_version']} GROUP BY" in again
    query = "SELECT count(*) AS n FROM membership VERSION AS OF {} WHERE segment = 'vip'"
    versions = (first["membership_version"], first["membership_version"] - 1)
    assert [read(place, "sql", query.format(version)) for version in versions] == [[{"n": 2}], [{"n": 1}]]


def test_the_forecast_names_who_moves_when_and_counts_them_by_day(place):
    found = read(place, "forecast", "--days", "30", "--segment", "vip")
    moves = [(each["at"], each["customer_id"], each["status"]) for each in found["moves"]]
    assert moves == [("2026-03-31 10:00:00", "ann", "none"), ("2026-04-01 09:00:00", "bob", "none")]
    assert found["by_day"][0] == {"segment": "vip", "day": "2026-03-31", "entered": 0, "left": 1, "outranked": 0}


def test_why_agrees_with_the_ledger_while_facts_wait_and_a_backfill_decides_them(spark, place):
    from segmentation.adapters.lake import Lake
    from segmentation.pipelines.ingest_events import ingest

    settings = load_settings(place / "environment.yaml")
    drop(place, "c", UNDECIDED)
    ingest(Lake(spark, settings), load_project(place / "conf", settings), once=True)
    asked = ("why", "cara", "vip", "--at", "2026-03-06T13:00:00Z")
    assert read(place, *asked)["status"]["status"] == "none"
    told = call(place, "backfill").stdout
    assert "batch 3 up to 2026-03-06 13:00:00 UTC: 2 new facts, 1 customers" in told
    assert read(place, *asked)["status"]["status"] == "active"
    assert call(place, "backfill").stdout.startswith("Nothing was waiting")
    assert read(place, "backfill", "--since", "2026-03-01")["kind"] == "backfill"


def test_a_planted_difference_is_shown_with_status_1_and_repaired_when_asked(spark, place):
    from segmentation.adapters.lake import Lake

    lake = Lake(spark, load_settings(place / "environment.yaml"))
    ledger = lake.read("membership_changes")
    mine = ledger.where(f"customer_id = 'bob' and segment = '{LONG}' and status = 'active'")
    lake.append("membership_changes", mine.withColumn("assertion", -mine.assertion).localCheckpoint(), "planted", 1)
    found = call(place, "reconcile", "--json")
    document = json.loads(found.stdout)
    assert (found.exit_code, document["count"]) == (1, 1)
    assert document["differences"] == [
        {"customer_id": "bob", "segment": LONG, "effective_at": "2026-03-04 08:00:00", "believed": None, "recomputed": "active"}
    ]
    told = call(place, "reconcile", "--repair")
    assert (told.exit_code, "1 differences repaired" in told.stdout, LONG in told.stdout) == (0, True, True)
    assert call(place, "reconcile").stdout.startswith("No difference")
    assert "by a repair" in call(place, "history", "bob", LONG).stdout


def test_maintenance_says_what_was_compacted_vacuumed_and_kept(place):
    told = call(place, "maintain")
    lines = {line.split()[1]: line for line in told.stdout.splitlines() if line.startswith("│")}
    assert (lines["events"].count("yes"), lines["membership_changes"].count("yes")) == (2, 2)
