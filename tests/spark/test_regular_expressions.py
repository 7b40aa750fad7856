"""Every pattern that the language lets through finds the same texts in Java, as Spark asks it, and in Python."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest

from segmentation.rules.parse.regular_expressions import find_fault
from tests.unit.rules.test_regular_expressions import ACCEPTED

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
ATOMS = [
    "a", "b", "é", "K", "1", "_", " ", ".", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", "^", "$", r"\A", r"\.", r"\n", r"\x41", r"\u00e9", r"\u2028",
    "☃", "[ab]", "[^a]", "[a-z]", r"[\w-]", r"[^\s]", "[é-☃]", r"[\d.]", "(a)", "(?:b|c)", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)",
    "(", ")", "|", "[", "]", "{", "\\",
]  # fmt: skip
QUANTIFIERS = ["", "", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "??", "{1,2}?", "+", "{,2}"]
TEXTS = [
    "", "a", "b", "ab", "ba", "aab", "abab", "a\n", "\na", "a\r\n", "a\rb", "a\u0085b", "a\u2028b", "é", "É", "aé", "éb1", "☃", "a☃b", "K", "\u212a",
    "😀", "a😀b", "_", "a_b", "a b", "a\tb", "a\u00a0b", "a\x0bb", "1", "12", "\u0661", "a.b", "A", "[", "a]", "{2}", "a|b", "\\", "\u017f", "ß",
]  # fmt: skip


def patterns(count: int) -> list[str]:
    rng = random.Random(7)
    drawn = ("".join(rng.choice(ATOMS) + rng.choice(QUANTIFIERS) for _ in range(rng.randint(1, 5))) for _ in range(20 * count))
    backward = (f"({rng.choice(ATOMS)}){rng.choice(ATOMS)}\\1" for _ in range(count))
    return [text for text in dict.fromkeys((*ACCEPTED, *backward, *drawn)) if find_fault(text) is None][:count]


def test_no_pattern_ends_in_a_stack_overflow_on_a_long_text(spark: SparkSession) -> None:
    texts = [("a" * 10_000,), ("ab" * 5_000,), ("a1_ " * 2_500,)]
    groups = (
        f"^(?:{x}{q}{between}{y})*#" for x in ("a", r"\w", ".") for q in ("", "?", "*?", "{1,2}") for between in ("", "|") for y in ("b?", "b", ".")
    )
    asked = [(text,) for text in (*groups, *patterns(100)) if find_fault(text) is None]
    frame = spark.createDataFrame(asked, "p string").crossJoin(spark.createDataFrame(texts, "t string"))
    assert frame.selectExpr("count_if(t rlike concat('(?d)', p)) as found").collect()[0].found > 0


@pytest.mark.parametrize("ignoring_case", [False, True])
def test_java_and_python_find_the_same(spark: SparkSession, ignoring_case: bool) -> None:
    asked = patterns(800)
    assert len(asked) == 800
    prefix, flags = ("(?di)", re.ASCII | re.IGNORECASE) if ignoring_case else ("(?d)", re.ASCII)
    frame = spark.createDataFrame([(text,) for text in asked], "p string").crossJoin(spark.createDataFrame([(text,) for text in TEXTS], "t string"))
    found = {(row.p, row.t) for row in frame.where(f"t rlike concat('{prefix}', p)").collect()}
    expected = {(pattern, text) for pattern in asked for text in TEXTS if re.search(pattern, text, flags)}
    assert sorted(found ^ expected)[:10] == []
    assert len(expected) > 1000
