"""Whether a text is Spark SQL at all, before anybody asks what it means."""

from __future__ import annotations

import logging
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError

from segmentation.rules.given import Given
from segmentation.rules.parse.scope import RefusedError, Scope
from segmentation.rules.parse.sql.reader import underlined
from segmentation.rules.parse.sql.rewrites import with_plain_negations

logging.getLogger("sqlglot").setLevel(logging.ERROR)
"""What it warns of is refused here, in our words."""


def parse_spark_sql(scope: Scope, entry: Given, text: str) -> Any:
    """The tree of an expression, negations as nodes of their own; `entry` is where the text stands.

    Raises RefusedError after recording what does not parse, underlined.
    """
    try:
        return with_plain_negations(sqlglot.parse_one(text, read="spark"))
    except SqlglotError as error:
        raise _does_not_parse(scope, entry, text, error) from None
    except (ValueError, TypeError, AttributeError, LookupError) as error:  # what the parser lets through of half-written calls
        raise scope.refuse(entry, "this does not parse as Spark SQL", underlined(text, 0, len(text))) from error


def _does_not_parse(scope: Scope, entry: Given, text: str, error: SqlglotError) -> RefusedError:
    found: dict[str, Any] = next(iter(getattr(error, "errors", None) or []), {})
    reason = str(found.get("description") or error).splitlines()[0].rstrip(".")
    reason = "something is missing" if reason.startswith("Required keyword") else reason
    start = 0
    if found.get("highlight") and found.get("start_context") is not None:
        start = len(str(found["start_context"])) if len(str(found["start_context"])) < 100 else text.find(str(found["highlight"]))
    mark = underlined(text, max(start, 0), max(start, 0) + len(str(found.get("highlight") or " ")))
    return scope.refuse(entry, f"this does not parse as Spark SQL: {reason}", mark)
