"""Examples as a user would have them: files of a small shop, loaded and tested like any other configuration."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from segmentation.definitions.documents import Project
from segmentation.definitions.inline_tests import InlineOutcome, run_inline_tests
from segmentation.definitions.load import load_checked
from segmentation.definitions.reference.forms import Written
from segmentation.definitions.segments import rule_set
from segmentation.rules.compile.shares import shares_of
from segmentation.rules.explain.breakpoints import breakpoint_words
from segmentation.rules.normalize import normalize_rules
from segmentation.settings import Settings

SHOP = Path(__file__).parent / "shop"
SLUG = "example"


@dataclass(frozen=True)
class Example:
    """The configuration that an example makes with the shop."""

    project: Project

    def outcomes(self) -> list[InlineOutcome]:
        return run_inline_tests(self.project, [SLUG])

    def breakpoints(self) -> tuple[str, ...]:
        """When its answer may change, as the compiler registers it."""
        shares = shares_of(normalize_rules(rule_set(self.project)), self.project.vocabulary)
        own = next(share for share in shares.segments if share.slug == SLUG)
        return breakpoint_words(own.breakpoints, shares.slots)


def traits_text(written: Written) -> str:
    return f"traits:\n{indent(written.traits, '  ')}" if written.traits else ""


def segments_text(written: Written) -> str:
    """The example as the segment `example`, after those it refers to."""
    others = written.others or "segments:\n"
    head, _, groups = others.partition("groups:\n")
    own = f"  {SLUG}:\n{indent(written.example, '    ')}"
    return f"{head}{own}groups:\n{groups}" if groups else f"{head}{own}"


def load_example(written: Written) -> Example:
    """Raises UserError where the example is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / "conf"
        shutil.copytree(SHOP, conf)
        (conf / "segments").mkdir()
        (conf / "traits.yaml").write_text(traits_text(written), encoding="utf-8")
        (conf / "segments" / "example.yaml").write_text(segments_text(written), encoding="utf-8")
        return Example(load_checked(conf, Settings(lake="lake")))
