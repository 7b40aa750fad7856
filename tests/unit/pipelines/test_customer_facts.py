"""Rows of versions as facts: each ends where the next of its row begins."""

from __future__ import annotations

from pyspark.sql import Row
from pyspark.sql.types import LongType, StructField, StructType

from segmentation.pipelines.customer_facts import _versions

SCHEMA = StructType([StructField("properties", StructType([StructField("total", LongType())]))])


def version(fact_id: str, commit: int, valid_from: int) -> Row:
    return Row(fact_id=fact_id, commit=commit, position=1, occurred_at=1, valid_from=valid_from, properties=Row(total=commit), is_deleted=False)


def test_a_customer_without_rows_in_a_table_has_no_facts_of_it():
    assert list(_versions("orders", [], SCHEMA, is_facts=True)) == []


def test_a_version_ends_where_the_next_of_the_same_row_begins_and_not_where_another_row_does():
    rows = [version("o2", 5, 50), version("o1", 9, 90), version("o1", 5, 10)]
    found = [(fact.fact_id, fact.valid_from, fact.valid_until) for fact in _versions("orders", rows, SCHEMA, is_facts=True)]
    assert found == [("o1", 10, 90), ("o1", 90, None), ("o2", 50, None)]
