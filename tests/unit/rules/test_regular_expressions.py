"""Which regular expressions are let through, and what is said of the others."""

from __future__ import annotations

import pytest

from segmentation.rules.parse.regular_expressions import find_fault

ACCEPTED = [
    "(ab)*", "(?:a[bc])+", "(?:a|b){0,20}", "(?:ab?){3}", "(a|b)?", "(?:a+)?", r"(a\|\*)*", "([|*+])*", "(a|b)c*", "(?:(ab)c)*",
    "gold", "^go+ld$", "a|b|", "(a)(?:b)(?=c)(?!d)(?<=e)(?<!f)", "[a-z0-9_-]+", "[^a-z]", r"[\d\s\]\[\\^-]", "a{2}b{1,}c{1,3}?", r"\d\D\w\W\s\S\A",
    r"\.\*\\\{\}\/", r"(a)\1", "a*?b+?c??", "", "é☃", r"\x41\u00e9", "a}b", r"[.*+?(){}|$]", "a]",
]  # fmt: skip
REFUSED = {
    "(?:a|b)*": "alternatives",
    "((a|b)c)+": "alternatives",
    "(?:ab?)*": "a repetition inside",
    r"^(\w+\.)+shop$": "a repetition inside",
    "(?:a+){2,9}": "exponentially",
    "((?:a*)b){3}": "exponentially",
    "(a{2}){1,}": "a repetition inside",
    "a++": "possessive",
    "a*+": "possessive",
    "a?+": "possessive",
    "a{1,2}+": "possessive",
    "(?>a)": "atomic",
    "(?i)a": "inline flags",
    "(?i:a)": "inline flags",
    "(?P<x>a)": "named group",
    "(?<x>a)": "named group",
    "(?P=x)": "named group",
    "(?#x)": "comment",
    "(a)?(?(1)b)": "conditional",
    r"\p{L}": r"\p",
    r"\P{L}": r"\P",
    r"\k<x>": "by name",
    r"\Qa\E": r"\Q",
    r"a\Z": r"\Z",
    r"a\z": r"\z",
    r"\h": r"\h",
    r"\R": r"\R",
    r"\X": r"\X",
    r"\G": r"\G",
    r"\v": r"\v",
    r"\bword": r"\b",
    r"\B": r"\B",
    r"\01": "octal",
    r"\ca": r"\c",
    r"\N{DASH}": r"\N",
    r"\x{41}": r"\x",
    r"\ud83d": r"\u",
    "[a&&b]": "&&",
    "[a--b]": "--",
    "[a||b]": "||",
    "[a~~b]": "~~",
    "[[a]b]": "union",
    "[]a]": "begins with ]",
    "[^]a]": "begins with ]",
    r"[\b]": r"\b",
    "a{": "no repetition",
    "{1}": "does not parse",
    "a{,3}": "no repetition",
    "a{9999}": "more than",
    "(a": "does not parse",
    "a)": "does not parse",
    "[a": "without its ]",
    "a\\": "backslash",
    "*a": "does not parse",
    "a**": "does not parse",
    "(?<=a+)b": "does not parse",
    "[z-a]": "does not parse",
    r"(a)\10": r"\1",
    r"\1(a)": "does not parse",
    "a" * 1001: "longer",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_pattern_that_both_read_alike_is_accepted(text: str) -> None:
    assert find_fault(text) is None


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:12])
def test_a_pattern_they_read_differently_is_refused_with_the_reason(text: str) -> None:
    fault = find_fault(text)
    assert fault is not None
    assert REFUSED[text] in fault
