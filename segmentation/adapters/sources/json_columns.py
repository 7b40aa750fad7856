"""JSON objects of anybody's shape: the fields that the mappings name become columns of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.definitions.documents import RowMapping
from segmentation.rules.compile.sql import name, quote

Fields = dict[str, "Fields"]
"""Field -> the fields asked of it; empty where its text is wanted."""


def columns_asked_for(rows: Iterable[RowMapping]) -> frozenset[str]:
    """The names of the columns that the expressions of the mappings read."""
    return frozenset(fields_asked_for(rows))


def fields_asked_for(rows: Iterable[RowMapping]) -> Fields:
    """The same with what is read inside them: `a.b` reads field b of column a."""
    import sqlglot
    from sqlglot import exp

    found: Fields = {}
    for expression in {text for row in rows for text in _expressions(row)}:
        for column in sqlglot.parse_one(expression, read="spark").find_all(exp.Column):
            path = [part.name for part in column.parts]
            step = column.parent
            while isinstance(step, exp.Dot):
                path.append(step.expression.name)
                step = step.parent
            inner = found
            for part in path:
                inner = inner.setdefault(part, {})
    return found


def _expressions(row: RowMapping) -> Iterable[str]:
    given = (row.when, row.customer, row.occurred_at, row.received_at, *row.id, *row.properties.values())
    return (text for text in given if text is not None)


def with_json_columns(frame: DataFrame, rows: Sequence[RowMapping]) -> DataFrame:
    """`_payload` read as a JSON object; a column for each field that a mapping reads, null where the object lacks it."""
    fields = fields_asked_for(rows)
    if not fields:
        return frame
    parsed = frame.withColumn("_root", F.expr("variant_get(try_parse_json(concat('[', _payload, ']')), '$[0]', 'variant')"))
    is_object = "schema_of_variant(_root) like 'OBJECT%'"
    problem = f"case when _problem is not null then _problem when not coalesce({is_object}, false) then 'not one JSON object' end"
    columns = [f"{_text('_root', (field,), inner)} as {name(field)}" for field, inner in fields.items()]
    return parsed.withColumn("_problem", F.expr(problem)).selectExpr(*frame.columns, *columns)


def _text(variant: str, path: tuple[str, ...], inner: Fields) -> str:
    if inner:
        return "named_struct(" + ", ".join(f"{quote(field)}, {_text(variant, (*path, field), deeper)}" for field, deeper in inner.items()) + ")"
    steps = "".join(f'["{part}"]' for part in path)
    return f"cast(try_variant_get({variant}, {quote('$' + steps)}, 'variant') as string)"
