"""The code of every kind of finding: SEG0xx is refused, SEG1xx is warned of. Codes are never given to another kind.

A finding's anchor leads to its heading in docs/reference/findings.md, which is made of these tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from segmentation.issues import Issue

PAGE = "docs/reference/findings.md"


@dataclass(frozen=True)
class Finding:
    """`words`: a regular expression found in the problems of this kind, for those that are refused."""

    title: str
    advice: str
    words: str = ""


REFUSED: dict[str, Finding] = {
    "SEG001": Finding(
        "An unknown key",
        "Only the keys listed beside each form have a meaning; a mistyped one would silently do nothing.",
        r"unknown key |has no place in",
    ),
    "SEG002": Finding(
        "An unknown name",
        "Facts, properties, attributes, traits, segments, lists, scores, zones and units must be declared. The nearest right name is suggested.",
        r"unknown |no event of the tracking plan|is a table of attributes, not of facts",
    ),
    "SEG004": Finding(
        "A circle of references", "Traits and segments refer to each other without end. A status depends on all members above it.", r"in a circle"
    ),
    "SEG005": Finding("A window longer than the facts are kept", "The answer would change when facts are thrown away.", r"are kept"),
    "SEG006": Finding(
        "A member of two orders", "A segment has one place in one group's order, so that priority is one total order.", r"one place in one order"
    ),
    "SEG007": Finding(
        "A default that is also a segment",
        "A group's default is a slug of its own without a rule: refer to it with status: active.",
        r"is a segment too|has no rule|is the default of",
    ),
    "SEG008": Finding("SQL that does not parse", "The part is underlined. A rule is one condition of Spark SQL.", r"does not parse as Spark SQL"),
    "SEG009": Finding(
        "Flips in time that cannot be worked out",
        "Every rule must know when it can change by itself. Months and years have no fixed length: say days, or start of month.",
        r"cannot be worked out|no fixed length|compares with an interval|whole units passed|moved? does not compare"
        r"|moves by|is not an interval|longer than 100 years",
    ),
    "SEG010": Finding("A slug used before", "A slug names one segment for ever, so that history stays readable.", r"never given to another"),
    "SEG011": Finding(
        "A name of two types",
        "A property or attribute has one type in the whole plan.",
        r"one type in the whole plan|^the attribute '\w+' is \S+ here and",
    ),
    "SEG012": Finding(
        "A name declared twice",
        "Two declarations of one name: keep one of them.",
        r"declared already|is given twice|is an event already|is a property already",
    ),
    "SEG013": Finding(
        "YAML that cannot be read",
        "The file is not YAML, not UTF-8, or uses a tag that means nothing here.",
        r"not YAML|not UTF-8|cannot be read|the tag ",
    ),
    "SEG014": Finding(
        "Something missing",
        "A key that must be there is not.",
        r"is missing|needs '|needs its|is required|needs a property|needs a branch|must be there|exactly one of",
    ),
    "SEG016": Finding(
        "A type that is not exact or not known",
        "No property is a float, so that no sum depends on the order of rows.",
        r"not exact|has 1 to \d+ digits|is not a decimal|more digits after",
    ),
    "SEG017": Finding(
        "A regular expression that Java and Python read differently",
        "Only what both read alike is let through, so that the tests beside a segment say what the jobs will do.",
        r"the regular expression",
    ),
    "SEG018": Finding(
        "A value out of range",
        "Counts are not negative, shares at most 100 percent, windows longer than nothing, ends in order, numbers of at most 38 digits.",
        r"is above the second|is not after|is not a length|is never -|more than everybody|has more than|is no (date|number|whole)|beyond the range"
        r"|between 1000 and 9000|in whole days|longer than \d|takes a list of|found \d+$|does not exist: 38",
    ),
    "SEG015": Finding(
        "A value of another kind", "Another kind of value belongs here.", r"^expected |a bare value means is|cannot be of|reached by a dot"
    ),
    "SEG019": Finding(
        "Two that do not go together",
        "One condition is one leaf: put two under all. A few modifiers exclude each other.",
        r"two conditions in one|two functions at once|go together|does not go with|go with 'for'|has nothing to do here",
    ),
    "SEG020": Finding(
        "SQL that a rule cannot use",
        "A rule compares traits, attributes, scores and at by exact, clockless functions; it neither queries tables nor aggregates.",
        r"cannot be used in a rule|two texts are compared|with null is never true|^'.+': |arithmetic of numbers alone|alone has no type"
        r"|this SQL|not an exact number"
        r"|a cast leads|round takes|and this is|a comparison with",
    ),
    "SEG021": Finding(
        "A sequence, tree or mapping of rows in the wrong order",
        "A sequence begins with did, and its first step has no within; otherwise is last; a row after one that takes all is never reached.",
        r"a sequence cannot|first step has none|may be otherwise|never reached",
    ),
    "SEG022": Finding(
        "A name that cannot be one", "Names become columns: letters, digits and underscores, not beginning with a digit.", r"cannot be the name"
    ),
    "SEG003": Finding(
        "Types that do not compare",
        "The word does not suit the type of what it compares, or the function not that of its property.",
        r"'\w+' does not (compare|take)|do not compare|never equals|does not (compare|match)|takes numbers|needs a date|has no bounds"
        r"|only an object has|is a number, not|is an object|needs an offset|is no one instant"
        r"|orders numbers|declared as a string|begins at no one instant",
    ),
    "SEG023": Finding(
        "A document nested too deeply", "Nested deeper than any rule is, or referring to itself.", r"nested|refers to itself|merges itself"
    ),
}
OTHER = "SEG099"
OTHER_FINDING = Finding("Refused for a reason of its own", "The message says which.")

WARNED: dict[str, Finding] = {
    "SEG101": Finding(
        "An any with two negatives", "It selects nearly everyone: whoever is not one is mostly not the other. For neither, write none."
    ),
    "SEG102": Finding(
        "A rule that is always true", "Found on intervals and sets of each value, not by sampling. For everybody, write everyone: true."
    ),
    "SEG103": Finding("A rule that is always false", "Two things it asks for exclude each other, found on intervals and sets of each value."),
    "SEG104": Finding(
        "A segment that its group's order makes unreachable", "Whoever it selects, a higher one selects too. Put it higher in the order."
    ),
    "SEG105": Finding("A rule equal to another's", "Once normalized the two are the same. Refer to one by in_segment, or keep one."),
    "SEG106": Finding("A segment without a test", "Give it a customer who is a member, and one who is not."),
    "SEG107": Finding(
        "A did_not without a window on people never seen before", "It holds for everybody nothing is known of. Say beside it what they did."
    ),
    "SEG108": Finding("All facts ever, of facts that are not kept for ever", "When facts are thrown away the answer changes. Give it a window."),
    "SEG109": Finding(
        "A form that has a plainer one",
        "all or any of one condition, something twice in a list, not of not: it means the same without. validate --fix mends it.",
    ),
}
FINDINGS: dict[str, Finding] = {**dict(sorted(REFUSED.items())), OTHER: OTHER_FINDING, **WARNED}


def with_code(issue: Issue) -> Issue:
    """The issue with the code of the first kind that its words belong to."""
    if issue.code:
        return issue
    return replace(issue, code=next((code for code, each in REFUSED.items() if re.search(each.words, issue.problem)), OTHER))


def anchor(code: str) -> str:
    """Where a code is explained; empty for what has none."""
    return f"{PAGE}#{code.lower()}" if code in FINDINGS else ""
