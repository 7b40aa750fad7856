"""Spark SQL over traits, attributes and `at` -> the same tree."""

from __future__ import annotations

from segmentation.rules.given import Given
from segmentation.rules.model import Condition
from segmentation.rules.parse.scope import Scope


def read_sql_condition(scope: Scope, entry: Given, text: str, zone: str) -> Condition:
    del text, zone
    raise scope.refuse(entry, "the SQL form is not read yet")
