"""The reference as Markdown files: a page a form, an index, and the findings by code."""

from __future__ import annotations

from segmentation.definitions.codes import FINDINGS, REFUSED
from segmentation.definitions.reference.examples import load_example, segments_text, traits_text
from segmentation.definitions.reference.forms import Page, pages
from segmentation.definitions.reference.syntax import syntax_lines

NOTE = "<!-- made by `segmentation reference --write docs/reference`; a test fails when it differs -->"
TITLES = {
    "conditions": "Conditions", "traits": "Trait functions", "modifiers": "Modifiers", "comparisons": "Comparisons", "documents": "Documents",
}  # fmt: skip
SINGULAR = {"conditions": "Condition", "traits": "Trait function", "modifiers": "Modifier", "comparisons": "Comparison", "documents": "Document"}


def reference_files() -> dict[str, str]:
    """Path under the reference's folder -> text, for every page."""
    return {"README.md": _index(), "findings.md": findings_page(), **{page.path: form_page(page) for page in pages()}}


def form_page(page: Page) -> str:
    """How it is written, what it means, what it says of missing values, when its answer may change, and an example."""
    changes = load_example(page.written).breakpoints()
    sections = [
        f"# `{page.name}`",
        NOTE,
        f"{SINGULAR[page.kind]}. {page.written.meaning}",
        "## Written",
        "\n".join(syntax_lines(page)),
        "## Where something is missing",
        page.written.missing,
        "## When the answer may change",
        "As the compiler registers it for the example:" if changes else "The example's answer changes with its definition only.",
        "\n".join(f"- {line}" for line in changes),
        "## Example",
        *(_block(text) for text in (traits_text(page.written), segments_text(page.written)) if text),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _block(text: str) -> str:
    return f"```yaml\n{text.rstrip()}\n```"


def _index() -> str:
    sections = [
        "# The segment language",
        NOTE,
        "A page a form. Every example runs as a test, over a [small shop](../../segmentation/definitions/reference/shop).",
        "What is refused or warned of has a code: [findings](findings.md).",
    ]
    for kind, title in TITLES.items():
        rows = [f"- [`{page.name}`]({page.path}): {_first_sentence(page.written.meaning)}" for page in pages() if page.kind == kind]
        sections += [f"## {title}", "\n".join(rows)]
    return "\n\n".join(sections) + "\n"


def _first_sentence(text: str) -> str:
    return text.split(". ", maxsplit=1)[0].rstrip(".") + "."


def findings_page() -> str:
    sections = ["# Findings", NOTE, "Errors are refused. Warnings are let through, other than with `validate --strict`."]
    for code in FINDINGS:
        sections.append(finding_section(code))
    return "\n\n".join(sections) + "\n"


def finding_section(code: str) -> str:
    """The heading is the code alone, so that its anchor is."""
    finding = FINDINGS[code]
    kind = "Error" if code in REFUSED or code.startswith("SEG0") else "Warning"
    return f"## {code}\n\n{kind}: {finding.title[0].lower()}{finding.title[1:]}. {finding.advice}"
