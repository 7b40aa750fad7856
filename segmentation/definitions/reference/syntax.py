"""What the parser's tables say of a form: what it takes, for which types, and what may stand beside it."""

from __future__ import annotations

from segmentation.definitions.reference.forms import Page, written
from segmentation.definitions.shapes import GroupShape, SegmentShape, Shape, TestShape
from segmentation.rules.parse import comparisons, traits
from segmentation.rules.parse.comparisons import WORDS
from segmentation.rules.parse.leaves import COUNTS
from segmentation.rules.parse.traits import FACT_FUNCTIONS, PROPERTY_FUNCTIONS
from segmentation.rules.types import BOOLEAN, DATE, INTEGER, STRING, TIMESTAMP, Type, array, decimal

SAMPLES: dict[str, Type] = {
    "string": STRING, "boolean": BOOLEAN, "integer": INTEGER, "decimal": decimal(12, 2), "date": DATE, "timestamp": TIMESTAMP, "array": array(STRING),
}  # fmt: skip
OPERANDS: dict[object, str] = {
    comparisons._one: "a value of its type",
    comparisons._bound: "a value of its type; a fraction may stand beside an integer",
    comparisons._range: "two ends, `[low, high]`",
    comparisons._several: "a list of values",
    comparisons._element: "text, or a value of the array's elements",
    comparisons._elements: "a list of texts, or of values of the array's elements",
    comparisons._yes_or_no: "`true` or `false`",
    comparisons._pattern: "a regular expression",
    comparisons._duration: "a duration, seconds to weeks",
    comparisons._since: "an instant, a date, or `start of` day, week, month, quarter or year",
    comparisons._strict: "an instant or a date",
}
DOCUMENTS: dict[str, type[Shape]] = {"segment": SegmentShape, "group": GroupShape, "test": TestShape}


def syntax_lines(page: Page) -> list[str]:
    """Markdown of the section on how a form is written."""
    lines = {"comparisons": _comparison, "traits": _trait, "documents": _document}.get(page.kind, _plain)(page)
    beside = _beside(page)
    return [*lines, "", "Beside it may stand " + ", ".join(beside) + "."] if beside else lines


def _plain(page: Page) -> list[str]:
    head = page.name if page.name != "counts" else ""
    return [f"`{head}:` {page.written.takes}." if head else f"{page.written.takes}."]


def _comparison(page: Page) -> list[str]:
    word = WORDS[page.name]
    return [f"`{page.name}:` {OPERANDS[word.read]}.", "", f"It compares values of the types {', '.join(word.types)}."]


def _trait(page: Page) -> list[str]:
    function = next((each for each in PROPERTY_FUNCTIONS if each == page.name), None)
    if function is not None:
        rule = PROPERTY_FUNCTIONS[function]
        rows = [f"| {SAMPLES[name]} | {rule.answers(SAMPLES[name])} |" for name in rule.takes]
        return [f"`{page.name}:` fact.property.", "", "| of | answers |", "|---|---|", *rows]
    answer = next((kind for each, kind in FACT_FUNCTIONS.items() if each == page.name), None)
    return [f"`{page.name}:` fact.", "", f"It answers {answer}."] if answer is not None else _plain(page)


def _document(page: Page) -> list[str]:
    fields = DOCUMENTS[page.name].model_fields
    rows = [f"| `{name}` | {'yes' if field.is_required() else ''} | {field.description or ''} |" for name, field in fields.items()]
    return [f"A {page.written.takes}.", "", "| key | must be there | |", "|---|---|---|", *rows]


def _beside(page: Page) -> list[str]:
    """Links to the pages of its keys; comparison words and counts in one link each."""
    found: dict[str, None] = {}
    is_compared = set(WORDS) <= set(page.keys)
    for key in page.keys:
        if key in COUNTS and not is_compared:
            found["[a count word](../modifiers/counts.md)"] = None
        elif ("modifiers", key) in written() and not (is_compared and key in WORDS):
            found[f"[`{key}`](../modifiers/{key}.md)"] = None
        elif key in WORDS:
            found["[comparison words](../README.md#comparisons)"] = None
        elif key in traits.NOTES:
            found[f"`{key}`"] = None
    return list(found)
