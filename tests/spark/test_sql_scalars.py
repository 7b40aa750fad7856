"""The scalar text that the SQL form leaves for Spark: Spark's answers are the interpreter's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segmentation.rules.facts import Fact
from segmentation.rules.interpret import Customer, value_of
from segmentation.rules.traverse import every, values
from segmentation.rules.values import AttributeValue, Scalar
from tests.unit.rules.reading import KINDS, VOCABULARY, read_sql
from tests.unit.rules.test_parse_sql import ANSWERS, CUSTOMER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def scalars() -> list[Scalar]:
    """Every scalar of the texts whose answers are pinned, each once."""
    found = (value for text in ANSWERS for node in every(read_sql(text)) for value in values(node) if isinstance(value, Scalar))
    return list(dict.fromkeys(found))


def test_spark_and_the_interpreter_work_out_the_same_values(spark: SparkSession) -> None:
    names = list(CUSTOMER)
    frame = spark.createDataFrame([tuple(CUSTOMER.values())], ", ".join(f"{name} {KINDS[name].spark}" for name in names))
    found = scalars()
    expressions = [scalar.expression.format(*(value.name for value in scalar.inputs if isinstance(value, AttributeValue))) for scalar in found]
    row = frame.selectExpr(*(f"{expression} as c{number}" for number, expression in enumerate(expressions))).first()
    customer = Customer("c", [Fact("customers", "attribute", "c", 0, 0, properties=CUSTOMER)], (), VOCABULARY)
    expected = [value_of(scalar, customer.at(1)) for scalar in found]
    assert dict(zip(expressions, row or (), strict=True)) == dict(zip(expressions, expected, strict=True))
    types = [field.dataType.simpleString().replace("int", "bigint").replace("bigbig", "big") for field in frame.selectExpr(*expressions).schema]
    assert types == [scalar.type.spark for scalar in found]
