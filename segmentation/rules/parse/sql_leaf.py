"""The `sql` leaf: what it takes to read it is imported only where one is written."""

from __future__ import annotations

from segmentation.rules.given import Given
from segmentation.rules.model import Condition
from segmentation.rules.parse.scope import Scope, text_of, zone_of


def read_sql(scope: Scope, given: Given) -> Condition:
    entry = given.entries["sql"]
    text = text_of(scope, entry, "an SQL condition")
    from segmentation.rules.parse.sql.conditions import read_sql_condition  # sqlglot takes 0.2 s to import

    return read_sql_condition(scope, entry, text, zone_of(scope, given))
