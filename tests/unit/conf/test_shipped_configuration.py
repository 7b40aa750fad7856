"""Both shipped configurations load without a word, and each segment shows by tests of its own where it begins and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.definitions.documents import Project
from segmentation.definitions.inline_tests import run_inline_tests
from segmentation.definitions.load import load_project
from segmentation.settings import Settings, load_settings

CONF = Path(__file__).resolve().parents[3] / "conf"
LOCAL = load_settings(CONF / "environments" / "local.yaml")
FOLDERS = {"shop": CONF, "online_retail": CONF / "online_retail"}


@pytest.fixture(scope="module", params=FOLDERS)
def project(request: pytest.FixtureRequest) -> Project:
    return load_project(FOLDERS[request.param], LOCAL)


def test_it_loads_without_a_warning(project: Project) -> None:
    assert [str(warning) for warning in project.warnings] == []


def test_every_test_that_the_segments_carry_passes(project: Project) -> None:
    outcomes = run_inline_tests(project)
    assert len(outcomes) > 30
    assert [f"{outcome.segment}: {outcome.name}" for outcome in outcomes if not outcome.is_passed] == []


def test_every_segment_has_a_test_of_a_member_and_one_of_none(project: Project) -> None:
    expected = {slug: {test.expect for test in segment.tests} for slug, segment in project.segments.items()}
    assert {slug for slug, answers in expected.items() if "not member" not in answers or not answers & {"member", "active"}} == set()


def test_every_group_shows_a_winner_and_somebody_outranked(project: Project) -> None:
    for group in project.groups.values():
        answers = {test.expect for slug in group.order for test in project.segments[slug].tests}
        assert {"active", "outranked"} <= answers, group.name


def test_every_segment_says_what_it_is_for_and_whose_it_is(project: Project) -> None:
    assert {slug for slug, segment in project.segments.items() if not (segment.name and segment.description and segment.owner)} == set()


@pytest.mark.parametrize("file", sorted((CONF / "environments").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_environment_can_be_read(file: Path) -> None:
    assert isinstance(load_settings(file), Settings)


def test_the_shops_do_not_read_each_other(project: Project) -> None:
    assert ("invoices" in project.sources) != ("shop_web" in project.sources)
