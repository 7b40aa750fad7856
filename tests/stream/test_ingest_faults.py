"""Copies, crashes, broken files, lost checkpoints: nothing twice, nothing lost, and every row accounted for."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

from segmentation.adapters.lake import Lake
from segmentation.definitions.load import load_project
from segmentation.issues import UserError
from segmentation.pipelines import ingest_events
from segmentation.pipelines.ingest_batch import Ingestion
from segmentation.pipelines.ingest_write import Figures
from tests.ingest_shop import EVENTS, IngestShop, event
from tests.power_cuts import power_cut_at

pytestmark = pytest.mark.spark


@pytest.fixture
def shop(spark, lake, tmp_path) -> IngestShop:
    return IngestShop.at(Lake(spark, lake), tmp_path / "conf")


# ---------------------------------------------------------------- copies
def test_an_exact_copy_is_dropped_within_the_batch_and_against_the_table(shop):
    shop.drop("a.json", event("1", items=1), event("1", items=1), event("2"))
    assert shop.ingest() == Figures(3, 2, 1, 0, 0)
    shop.drop("b.json", event("1", items=1), {**event("2"), "received_at": None}, event("3"))
    assert shop.ingest() == Figures(3, 1, 2, 0, 0)


def test_copies_that_differ_are_all_kept_and_counted_as_conflicts(shop):
    shop.drop("a.json", event("1", items=1), event("1", items=2), event("1", value=1), event("1", value=1))
    assert shop.ingest() == Figures(4, 3, 1, 2, 0)
    shop.drop("b.json", event("1", items=3), event("1", items=2))
    assert shop.ingest() == Figures(2, 1, 1, 1, 0)


def test_the_same_event_id_of_another_customer_or_of_another_event_is_another_fact(shop):
    shop.drop("a.json", event("1"), event("1", customer="bob"), event("1", event="identified", tier="gold"))
    assert shop.ingest() == Figures(3, 3, 0, 0, 0)


def test_two_rows_that_differ_only_in_which_property_holds_the_value_are_no_copies(shop):
    shop.drop("a.json", event("1", event="identified", tier=None), event("1", event="identified", vip=None))
    assert shop.ingest() == Figures(2, 2, 0, 1, 0)


# ---------------------------------------------------------------- broken files
def test_a_truncated_gzip_is_one_refused_row_and_all_other_files_are_taken(shop):
    lines = "\n".join(str(event(str(number), note=os.urandom(20).hex())).replace("'", '"') for number in range(2000))
    whole = gzip.compress(lines.encode())
    Path(shop.lake.settings.data, "web", "b.json.gz").write_bytes(whole[: len(whole) // 2])
    shop.drop("a.json", event("a"))
    shop.drop("c.json", event("c"), "broken")
    assert shop.ingest() == Figures(4, 2, 0, 0, 2)
    assert [row["event_id"] for row in shop.events()] == ["a", "c"]
    refused = shop.lake.read("quarantine").where("payload like '%b.json.gz'").first()
    assert refused.reasons[0].startswith("the compressed file is truncated or broken; none of its rows were taken")


def test_a_file_that_vanishes_after_it_was_listed_is_refused_by_name(shop, monkeypatch):
    shop.drop("a.json", event("a"))
    gone = shop.drop("b.json", event("b"))
    listed = ingest_events.Ingestion.run

    def vanish(self: Ingestion, *given: object) -> Figures | None:
        gone.unlink(missing_ok=True)
        return listed(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest_events.Ingestion, "run", vanish)
    assert shop.ingest() == Figures(2, 1, 0, 0, 1)
    assert [reason.split(";")[0] for reason in shop.reasons()] == ["the file vanished before it could be read"]


def test_files_that_are_empty_are_nothing(shop):
    shop.drop("a.json")
    assert shop.ingest() == Figures(0, 0, 0, 0, 0)


def test_signs_of_wildcards_in_a_name_are_part_of_the_name(shop):
    shop.drop("a[1]{x}.json", event("1"))
    assert shop.ingest().events == 1


# ---------------------------------------------------------------- crashes
@pytest.mark.parametrize("step", ["events", "quarantine", "batches"])
@pytest.mark.parametrize("is_after", [False, True])
def test_a_process_that_ends_between_two_writes_leaves_nothing_twice_and_nothing_lost(shop, step, is_after):
    shop.drop("a.json", event("1"), event("1"), event("2"), "broken")
    with power_cut_at(step, is_after=is_after):
        shop.ingest()
    shop.drop("b.json", event("3"))
    shop.ingest()
    assert [row["event_id"] for row in shop.events()] == ["1", "2", "3"]
    assert shop.lake.read("quarantine").count() == 1
    batches = shop.lake.read("batches").orderBy("batch_id").collect()
    assert [(row.batch_id, row.rows_in, row.events, row.duplicates, row.quarantined) for row in batches] == [(1, 4, 2, 1, 1), (2, 1, 1, 0, 0)]
    assert shop.lake.read("plans").count() == 2


def test_a_lost_checkpoint_repeats_nothing_and_loses_nothing(shop):
    shop.drop("a.json", event("1"), "broken")
    shop.ingest()
    shutil.rmtree(shop.lake.settings.checkpoint("ingest/web"))
    shop.drop("b.json", event("2"), "broken too")
    assert shop.ingest() == Figures(4, 1, 2, 0, 1)
    assert len(shop.events()) == shop.lake.read("quarantine").count() == 2


def test_a_checkpoint_of_another_lake_is_refused_in_one_sentence(shop):
    shop.drop("a.json", event("1"))
    shop.ingest()
    for table in ("plans", "batches", "events"):
        shutil.rmtree(shop.lake.settings.path(table))
    with pytest.raises(UserError, match="belongs to another lake, or to tables that were removed"):
        shop.ingest()


def test_nothing_new_writes_no_plan(shop):
    shop.drop("a.json", event("1"))
    shop.ingest()
    assert shop.ingest() == Figures(0, 0, 0, 0, 0)
    assert shop.lake.read("plans").count() == 1


def test_a_mapping_changed_while_a_batch_was_unfinished_reads_its_files_again(shop):
    shop.drop("a.json", event("1", items=50), event("2", items=150))
    with power_cut_at("quarantine"):
        shop.ingest()
    (shop.conf / "events" / "plan.yaml").write_text(EVENTS.replace("at_most: 99", "at_most: 199"))
    shop.project = load_project(shop.conf, shop.lake.settings)
    shop.ingest()
    assert [row["event_id"] for row in shop.events()] == ["1", "2"]
    assert shop.lake.read("quarantine").count() == 0


# ---------------------------------------------------------------- the plan grows
def test_a_property_added_to_the_plan_is_added_to_the_table(shop):
    shop.drop("a.json", event("1", items=1))
    shop.ingest()
    (shop.conf / "events" / "plan.yaml").write_text(EVENTS.replace("device:", "coupon: string\n      device:"))
    shop.project = load_project(shop.conf, shop.lake.settings)
    shop.drop("b.json", event("1", items=1), event("2", coupon="SPRING"))
    assert shop.ingest() == Figures(2, 1, 1, 0, 0)
    assert shop.given() == [{"cart_id": "c1", "items": 1}, {"cart_id": "c1", "coupon": "SPRING"}]


def test_a_property_taken_out_of_the_plan_stays_in_the_table(shop):
    shop.drop("a.json", event("1", items=1))
    shop.ingest()
    (shop.conf / "events" / "plan.yaml").write_text("\n".join(line for line in EVENTS.splitlines() if "items" not in line))
    shop.project = load_project(shop.conf, shop.lake.settings)
    shop.drop("b.json", event("2", items=7))
    shop.ingest()
    assert shop.given() == [{"cart_id": "c1", "items": 1}, {"cart_id": "c1"}]


def test_a_property_with_another_type_than_the_table_is_refused_in_one_sentence(shop):
    shop.drop("a.json", event("1"))
    shop.ingest()
    (shop.conf / "events" / "plan.yaml").write_text(EVENTS.replace("items: {type: integer, at_least: 1, at_most: 99}", "items: string"))
    shop.project = load_project(shop.conf, shop.lake.settings)
    with pytest.raises(UserError, match="the tracking plan says string, but the table events holds bigint"):
        shop.ingest()


def test_a_source_whose_folder_is_missing_is_named(shop):
    shutil.rmtree(Path(shop.lake.settings.data, "web"))
    with pytest.raises(UserError, match="source web: there is no folder"):
        shop.ingest()


def test_a_lake_that_cannot_be_written_is_said_in_one_sentence(spark, lake, tmp_path):
    (tmp_path / "blocked").write_text("a file, not a folder")
    blocked = lake.model_copy(update={"lake": str(tmp_path / "blocked")})
    shop = IngestShop.at(Lake(spark, blocked), tmp_path / "conf")
    with pytest.raises(UserError, match="this place cannot be written"):
        shop.ingest()
