"""The regular expressions that Java and Python read alike: everything else is refused with what differs.

Java: flag (?d), so that only a newline ends a line. Python: re.ASCII. Sources: java.util.regex.Pattern (17), the re module (3.11).
"""

from __future__ import annotations

import re
import warnings

from segmentation.rules.parse.repeated_groups import find_repeated_group

MAXIMUM_LENGTH, MAXIMUM_REPEATS = 1000, 1000

_GROUP = re.compile(r"\(\?(?P<opening>P|<[A-Za-z]|>|#|\(|[a-zA-Z-]+[:)])?")
_SAFE_GROUPS = ("(?:", "(?=", "(?!", "(?<=", "(?<!")
_QUANTIFIER = re.compile(r"[*+?]|\{(\d{1,4})(?:,(\d{0,4}))?\}")
_SAFE_ESCAPE = re.compile(r"\\(?:[dDwWsSAtnrfa]|[1-9](?!\d)|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|[^A-Za-z0-9\s])")
_SAFE_IN_CLASS = re.compile(r"\\(?:[dDwWsStnrfa]|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|[^A-Za-z0-9\s])")
_DOUBLED = ("&&", "--", "||", "~~")
_GROUP_FAULTS = {
    "P": "has a named group (?P…), which Java writes otherwise: use ( ) or (?: )",
    "<": "has a named group (?<…>), which Python writes otherwise: use ( ) or (?: )",
    ">": "has an atomic group (?>…): write it without",
    "#": "has a comment (?#…), which Java does not know",
    "(": "has a conditional group (?(…)…), which Java does not know",
}
_ESCAPE_FAULTS = {
    "b": r"has \b, which Java and Python read differently beside letters such as é: use (?:^|\W) and (?:\W|$)",
    "B": r"has \B, which Java and Python read differently beside letters such as é",
    "p": r"has \p{…}, which Python does not know: list the characters, as in [A-Za-z]",
    "P": r"has \P{…}, which Python does not know: list the characters, as in [^A-Za-z]",
    "k": r"has a reference by name \k<…>: use \1",
    "Q": r"has \Q…\E, which Python does not know: escape each character",
    "Z": r"has \Z, which in Python does not match before a final newline: use $",
    "z": r"has \z, which Python does not know: use $",
    "v": r"has \v, one character in Python and a class in Java: use \x0b or \s",
    "0": r"has an octal escape, which Java and Python read differently: use \xhh",
}


def find_fault(text: str) -> str | None:
    """What is wrong with a pattern, as the rest of a sentence; None where Java and Python agree on it."""
    if len(text) > MAXIMUM_LENGTH:
        return f"is longer than {MAXIMUM_LENGTH} characters"
    position = 0
    while position < len(text):
        fault, position = _step(text, position)
        if fault:
            return fault
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(text, re.ASCII)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        return f"does not parse: {error}"
    return find_repeated_group(text)


def _step(text: str, position: int) -> tuple[str | None, int]:
    """One atom, group opening or quantifier: its fault and the position after it."""
    letter = text[position]
    if letter == "\\":
        return _escape(text, position, _SAFE_ESCAPE)
    if letter == "[":
        return _character_class(text, position)
    if letter == "(" and text.startswith("(?", position):
        return _group(text, position)
    if letter in "*+?{":
        return _quantifier(text, position)
    return None, position + 1


def _escape(text: str, position: int, safe: re.Pattern[str]) -> tuple[str | None, int]:
    match = safe.match(text, position)
    if match:
        return None, match.end()
    letter = text[position + 1 : position + 2]
    known = _ESCAPE_FAULTS.get(letter) if safe is _SAFE_ESCAPE else None
    return known or (f"has \\{letter}, which Java and Python do not read alike" if letter else "ends in a lone backslash"), position


def _group(text: str, position: int) -> tuple[str | None, int]:
    for opening in _SAFE_GROUPS:
        if text.startswith(opening, position):
            return None, position + len(opening)
    match = _GROUP.match(text, position)
    opening = (match["opening"] or "") if match else ""
    return _GROUP_FAULTS.get(opening[:1] if opening[:1] in "P<>#(" else "", "has inline flags (?…): use ignoring_case: true"), position


def _quantifier(text: str, position: int) -> tuple[str | None, int]:
    match = _QUANTIFIER.match(text, position)
    if match is None:
        return "has a { that is no repetition {n}, {n,} or {n,m}: escape it as \\{", position
    if any(int(bound) > MAXIMUM_REPEATS for bound in match.groups() if bound):
        return f"repeats more than {MAXIMUM_REPEATS} times", position
    end = match.end()
    if text.startswith("+", end):
        return f"has a possessive quantifier {match[0]}+: write it without the +", position
    return None, end + 1 if text.startswith("?", end) else end


def _character_class(text: str, start: int) -> tuple[str | None, int]:
    position = start + (2 if text.startswith("[^", start) else 1)
    if text.startswith("]", position):
        return "has a character class that begins with ]: escape it as \\]", start
    while position < len(text):
        if text[position] == "]":
            return None, position + 1
        if text[position] == "[":
            return "has a [ inside a character class, which is a union in Java: escape it as \\[", start
        if text.startswith(_DOUBLED, position):
            return f"has {text[position : position + 2]} inside a character class, which Java and Python do not read alike: escape it", start
        if text[position] == "\\":
            fault, position = _escape(text, position, _SAFE_IN_CLASS)
            if fault:
                return fault, start
        else:
            position += 1
    return "has a character class without its ]", start
