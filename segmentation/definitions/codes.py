"""The code of every kind of finding: SEG0xx is refused, SEG1xx is warned of. Codes are never given to another kind."""

from __future__ import annotations

import re
from dataclasses import replace

from segmentation.issues import Issue

REFUSED: dict[str, tuple[str, str]] = {
    "SEG001": ("unknown key", r"unknown key "),
    "SEG002": ("unknown name", r"unknown |no event of the tracking plan"),
    "SEG003": ("types that do not compare", r"'\w+' does not (compare|take)|they do not compare|never equals|does not compare"),
    "SEG004": ("circle of references", r"in a circle"),
    "SEG005": ("window longer than the facts are kept", r"are kept"),
    "SEG006": ("a member of two orders", r"one place in one order"),
    "SEG007": ("a default that is also a segment", r"is a segment too|has no rule|is the default of"),
    "SEG008": ("SQL that does not parse", r"does not parse as Spark SQL"),
    "SEG009": ("flips in time that cannot be worked out", r"cannot be worked out|no fixed length"),
    "SEG010": ("a slug used before", r"never given to another"),
    "SEG011": ("a property of two types", r"one type in the whole plan"),
    "SEG012": ("a name declared twice", r"declared already|is given twice|is an event already|is a property already"),
    "SEG013": ("YAML that does not parse", r"not YAML|not UTF-8|cannot be read"),
    "SEG014": ("something missing", r"is missing|needs '|needs its|is required"),
    "SEG015": ("a value of another kind", r"^expected "),
    "SEG016": ("a type that is not exact or not known", r"not exact|has 1 to \d+ digits|is not a decimal"),
    "SEG017": ("a regular expression that Java and Python read differently", r"the regular expression"),
}
OTHER = "SEG099"
"""Refused for a reason of its own, said in the message."""

WARNED: dict[str, str] = {
    "SEG101": "an any with two negatives",
    "SEG102": "a rule that is always true",
    "SEG103": "a rule that is always false",
    "SEG104": "a segment that its group's order makes unreachable",
    "SEG105": "a rule equal to another's",
    "SEG106": "a segment without a test",
    "SEG107": "a did_not without a window on people never seen before",
    "SEG108": "all facts ever, of facts that are not kept for ever",
}


def with_code(issue: Issue) -> Issue:
    """The issue with the code of the first kind that its words belong to."""
    if issue.code:
        return issue
    return replace(issue, code=next((code for code, (_, words) in REFUSED.items() if re.search(words, issue.problem)), OTHER))
