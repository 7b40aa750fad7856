"""The language sentence by sentence: some three hundred claims about one customer at one instant, each read and answered as users would have it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from segmentation.definitions.inline_tests import run_inline_tests
from segmentation.definitions.load import load_checked
from segmentation.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "language"
CLAIMS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "sentences.yaml").read_text(encoding="utf-8"))
SURROUNDINGS = ("traits", "others", "keys", "zone")


def key_of(claim: dict[str, Any]) -> tuple[str, ...]:
    return tuple(claim.get(name, "") for name in SURROUNDINGS)


def segment_of(slug: str, claim: dict[str, Any]) -> str:
    body = {"rule": claim["rule"], "tests": [{"name": claim_words(claim), **{key: claim[key] for key in ("at", "expect", "facts")}}]}
    text = yaml.safe_dump(body, default_flow_style=None, sort_keys=False, width=10_000, allow_unicode=True)
    return f"  {slug}:\n" + claim.get("keys", "") + "".join(f"    {line}\n" for line in text.splitlines())


def claim_words(claim: dict[str, Any]) -> str:
    return f"{claim['rule']} of {claim['facts']} at {claim['at']}"


@pytest.mark.parametrize("surroundings", sorted({key_of(claim) for claim in CLAIMS}), ids=lambda key: " ".join(key).strip()[:60] or "plain")
def test_every_claim_holds(tmp_path: Path, surroundings: tuple[str, ...]) -> None:
    claims = [claim for claim in CLAIMS if key_of(claim) == surroundings]
    traits, others, _, zone = surroundings
    slugs = [f"claim_{number}" if not others else "x" for number in range(len(claims))]
    groups = [list(zip(slugs, claims, strict=True))] if not others else [[pair] for pair in zip(slugs, claims, strict=True)]
    for number, pairs in enumerate(groups):
        conf = tmp_path / str(number)
        shutil.copytree(FOLDER / "conf", conf)
        (conf / "segments").mkdir()
        (conf / "traits.yaml").write_text(f"traits:\n{traits}" if traits else "", encoding="utf-8")
        text = "segments:\n" + "".join(segment_of(slug, claim) for slug, claim in pairs) + others
        (conf / "segments" / "all.yaml").write_text(text, encoding="utf-8")
        outcomes = run_inline_tests(load_checked(conf, Settings(lake="lake", time_zone=zone or "UTC")), [slug for slug, _ in pairs])
        assert len(outcomes) == len(pairs)
        assert [f"{outcome.name}: {outcome.found}" for outcome in outcomes if not outcome.is_passed] == []


def test_there_are_claims_of_both_answers() -> None:
    answers = [claim["expect"] for claim in CLAIMS]
    assert min(answers.count("member"), answers.count("not member")) > 80
