"""Groups whose repetition a long text turns into a stack overflow in Java, or into a search without end in either.

Java repeats a group of fixed shape, such as (ab)*, in a loop, and one with alternatives or repetitions inside by recursion: 200,000
letters under (?:a|b)* end the task. A repetition inside a repetition, (a+)+b, is tried in exponentially many ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!])|\(|\)|\||[*+?]\??|\{(\d+)(,?)(\d*)\}\??|.", re.DOTALL)


@dataclass
class _Group:
    """What stands inside an open group; the whole pattern is the outermost."""

    has_choice: bool = False
    repeats: bool = False
    repeats_without_end: bool = False


def find_repeated_group(text: str) -> str | None:
    """What is wrong, as the rest of a sentence; `text` has passed every other check."""
    open_groups, closed = [_Group()], None
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word.startswith("(") and word != "()":
            open_groups.append(_Group())
            closed = None
        elif word == ")" and len(open_groups) > 1:
            closed = open_groups.pop()
            _carry(closed, open_groups[-1])
        elif word == "|":
            open_groups[-1].has_choice, closed = True, None
        elif word[0] in "*+?" or token[1] is not None:
            fault = _repeated(open_groups[-1], closed, token)
            if fault:
                return fault
            closed = None
        else:
            closed = None
    return None


def _carry(inner: _Group, outer: _Group) -> None:
    outer.has_choice |= inner.has_choice
    outer.repeats |= inner.repeats
    outer.repeats_without_end |= inner.repeats_without_end


def _repeated(around: _Group, group: _Group | None, token: re.Match[str]) -> str | None:
    is_once = token[0][0] == "?" or token[0].rstrip("?") in ("{0}", "{1}", "{0,1}")
    without_end = token[0][0] in "*+" or (token[2] == "," and not token[3])
    around.repeats = True
    around.repeats_without_end |= without_end
    if group is None or is_once:
        return None
    if without_end and (group.has_choice or group.repeats):
        inside = "alternatives" if group.has_choice else "a repetition"
        instead = "write [ab]* for (a|b)*, or a bound such as {0,20}"
        return f"repeats a group with {inside} inside, which a long text turns into a stack overflow: {instead}"
    if group.repeats_without_end:
        return "repeats a repetition, which is tried in exponentially many ways: repeat once"
    return None
