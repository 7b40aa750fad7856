"""`segmentation schema`: JSON Schemas of the documents, so that an editor completes and checks the YAML while it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from segmentation.cli.options import AsJson, out, print_json, told_in_words
from segmentation.issues import UserError

PLACES = {"events": "events/*.yaml", "sources": "sources/*.yaml", "tables": "tables.yaml", "lists": "lists.yaml", "segments": "segments/**/*.yaml"}


def schema(
    write: Annotated[Path | None, typer.Option("--write", help="A folder to write one file a kind of document into.")] = None,
    as_json: AsJson = False,
) -> None:
    """JSON Schemas of events, sources, tables, lists and segments.

    Example: segmentation schema --write .schemas
    """
    documents = schemas()
    if write is None or as_json:
        print_json(documents)
    if write is None:
        return
    with told_in_words():
        _write(documents, write)
    if not as_json:
        for kind, place in PLACES.items():
            out.print(f"{write / kind}.json  for {place}; first line there: # yaml-language-server: $schema=…/{kind}.json", soft_wrap=True)


def schemas() -> dict[str, Any]:
    """Kind of document -> its JSON Schema, made from the shapes that `validate` checks with."""
    from segmentation.definitions import shapes

    return {
        "events": _sections("events", events=shapes.EventShape),
        "sources": {"$schema": DIALECT, "title": "sources", **shapes.SourceShape.model_json_schema()},
        "tables": _sections("tables", tables=shapes.TableShape),
        "lists": _sections("lists", lists=shapes.ListShape),
        "segments": _sections("segments", groups=shapes.GroupShape, segments=shapes.SegmentShape),
    }


DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _sections(title: str, **sections: Any) -> dict[str, Any]:
    """A file with sections, each a mapping of names to documents."""
    defined: dict[str, Any] = {}
    properties = {}
    for name, shape in sections.items():
        own = shape.model_json_schema(ref_template="#/$defs/{model}")
        defined.update(own.pop("$defs", {}))
        defined[shape.__name__] = own
        properties[name] = {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{shape.__name__}"}}
    return {"$schema": DIALECT, "title": title, "type": "object", "additionalProperties": False, "properties": properties, "$defs": defined}


def _write(documents: dict[str, Any], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, document in documents.items():
            (folder / f"{kind}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError.because(f"cannot write to {folder}: {error.strerror}", "Give another folder with --write.") from None
