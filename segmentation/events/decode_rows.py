"""Rows of any source as events: each row by the first mapping whose `when` is true, every value as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType, TimestampType

from segmentation.definitions.documents import EventType, RowMapping, Source
from segmentation.events.columns import FILE, PAYLOAD, PAYLOAD_BYTES, PROBLEM, RAW_COLUMNS, TEXTS, WRONG_KINDS, plan_properties
from segmentation.events.number_columns import with_numbers
from segmentation.issues import Issue, UserError, Where, suggest
from segmentation.rules.compile.sql import name, quote

MAPPING = "_mapping"
COPY = "_copy"
ByMapping = Callable[[int, RowMapping], str]
"""SQL for the rows that a mapping (its number, itself) takes."""


def decode_rows(raw: DataFrame, source: Source, events: Mapping[str, EventType], max_payload_bytes: int) -> DataFrame:
    """The same columns as decode_envelope gives. To be called where the session reads naive instants in the source's zone, without ANSI.

    The event id is the hash of the id columns. With `repeats: each`, equal rows of a file are numbered, so that each is a fact.
    Raises UserError with every expression that does not fit the columns there are.
    """
    texts_of_type = {field.name for field in raw.schema if isinstance(field.dataType, StringType)}
    sql = _Expressions(source.rows, texts_of_type)
    try:
        mapped = raw.selectExpr("*", *sql.columns())
    except PySparkException:
        refused = sql.refused(raw, source.where)
        if not refused:
            raise
        raise UserError(*refused) from None
    chosen = mapped.withColumn(MAPPING, F.expr(sql.choice())).withColumn(PROBLEM, F.expr(_problem(max_payload_bytes)))
    numbered = _number_copies(chosen, source.rows)
    types = {field.name: field.dataType for field in numbered.schema}
    return numbered.selectExpr(
        *(column for column in RAW_COLUMNS if column != FILE),
        f"{_pick(source.rows, lambda _, row: quote(row.to))} as event",
        f"{_pick(source.rows, _event_id)} as event_id",
        *(f"{_pick(source.rows, _text_of(key, types))} as {column}" for key, column in FIXED.items()),
        f"{_texts(source.rows, plan_properties(events), types)} as {TEXTS}",
        f"cast(array() as array<string>) as {WRONG_KINDS}",
        f"{_nulls(source.rows, events)} as null_properties",
    )


FIXED = {"customer": "customer_id", "occurred_at": "occurred_text", "received_at": "received_text"}


class _Expressions:
    """Every expression of the mappings as a column of its own, `_<mapping>_<key>`."""

    def __init__(self, rows: Sequence[RowMapping], text_columns: set[str]) -> None:
        self._rows = rows
        self._text_columns = text_columns

    def columns(self) -> list[str]:
        return [f"{with_numbers(expression, self._text_columns)} as {name(column)}" for column, _, expression in self._placed()]

    def _placed(self) -> Iterator[tuple[str, str, str]]:
        """(column, path of keys in the source's document, expression)."""
        for index, row in enumerate(self._rows):
            given = ((key, getattr(row, key)) for key in ("when", *FIXED))
            yield from ((f"_{index}_{key}", f"rows[{index}].{key}", expression) for key, expression in given if expression is not None)
            yield from ((f"_{index}_id_{number}", f"rows[{index}].id[{number}]", expression) for number, expression in enumerate(row.id))
            yield from ((f"_{index}_p_{path}", f"rows[{index}].properties.{path}", given) for path, given in row.properties.items())

    def refused(self, raw: DataFrame, where: Where) -> list[Issue]:
        """Each expression by itself, where all together are refused."""
        issues = []
        for _, path, expression in self._placed():
            try:
                raw.selectExpr(with_numbers(expression, self._text_columns))
            except PySparkException as error:
                issues.append(_in_words(error, expression, raw.columns, replace(where, path=path)))
        return issues

    def choice(self) -> str:
        """The number of the first mapping whose `when` is true; null where there is none."""
        cases = " ".join(f"when {name(f'_{index}_when') if row.when else 'true'} then {index}" for index, row in enumerate(self._rows))
        return f"case {cases} end"


def _in_words(error: PySparkException, expression: str, columns: Sequence[str], where: Where) -> Issue:
    if (error.getCondition() or "").startswith("UNRESOLVED_COLUMN"):
        missing = (error.getMessageParameters() or {}).get("objectName", expression).strip("`")
        there = [column for column in columns if column not in RAW_COLUMNS]
        return Issue(where, f"there is no column '{missing}' in the rows of the source", suggest(missing, there) or f"It has: {', '.join(there)}.")
    said = str(error).splitlines()[0].split("] ", 1)[-1].split(" SQLSTATE")[0]
    return Issue(where, f"Spark refuses {expression}: {said}")


def _problem(max_payload_bytes: int) -> str:
    return f"""case
        when {PROBLEM} is not null then {PROBLEM}
        when {PAYLOAD_BYTES} > {max_payload_bytes}
            then concat('payload of ', {PAYLOAD_BYTES}, ' bytes is larger than the {max_payload_bytes} that are allowed')
        when {MAPPING} is null then 'no mapping takes this row: every when is false' end"""


def _number_copies(chosen: DataFrame, rows: Sequence[RowMapping]) -> DataFrame:
    """Equal rows of one file, numbered from 1, where a mapping asks for it. Equal rows are equal: which is which does not matter."""
    if all(row.repeats == "one" for row in rows):
        return chosen.withColumn(COPY, F.lit(1))
    return chosen.withColumn(COPY, F.expr(f"row_number() over (partition by {FILE}, {PAYLOAD} order by _position)"))


def _pick(rows: Sequence[RowMapping], value: ByMapping) -> str:
    cases = " ".join(f"when {index} then {value(index, row)}" for index, row in enumerate(rows))
    return f"case {MAPPING} {cases} end"


def _event_id(index: int, row: RowMapping) -> str:
    """A separator and a mark for null that no text holds: ('a', null) is not (null, 'a')."""
    parts = ", ".join(f"coalesce(cast({name(f'_{index}_id_{number}')} as string), '\\u0000')" for number in range(len(row.id)))
    hashed = f"left(sha2(concat_ws('\\u001f', {parts}), 256), 32)"
    return f"if({COPY} > 1, concat({hashed}, '-', {COPY}), {hashed})" if row.repeats == "each" else hashed


def _text_of(key: str, types: Mapping[str, DataType]) -> ByMapping:
    def text(index: int, row: RowMapping) -> str:
        return _as_text(f"_{index}_{key}", types) if getattr(row, key) is not None else "string(null)"

    return text


def _texts(rows: Sequence[RowMapping], properties: Mapping[str, object], types: Mapping[str, DataType]) -> str:
    fields = ", ".join(f"{quote(each)}, {_pick(rows, _property_text(each, types))}" for each in properties)
    return f"named_struct({fields or quote('_') + ', string(null)'})"


def _property_text(each: str, types: Mapping[str, DataType]) -> ByMapping:
    """The text of a property; of a nested one the JSON that its dotted paths make up."""

    def text(index: int, row: RowMapping) -> str:
        if each in row.properties:
            return _as_text(f"_{index}_p_{each}", types)
        paths = {path.removeprefix(f"{each}."): f"_{index}_p_{path}" for path in row.properties if path.startswith(f"{each}.")}
        return f"to_json({_nested(paths, types)})" if paths else "string(null)"

    return text


def _nested(paths: Mapping[str, str], types: Mapping[str, DataType]) -> str:
    heads = dict.fromkeys(path.partition(".")[0] for path in paths)
    values = []
    for head in heads:
        inner = {path.removeprefix(f"{head}."): column for path, column in paths.items() if path.startswith(f"{head}.")}
        values.append(f"{quote(head)}, {_nested(inner, types) if inner else _as_text(paths[head], types)}")
    return f"named_struct({', '.join(values)})"


def _as_text(column: str, types: Mapping[str, DataType]) -> str:
    """A text that reads back as the same value: instants with their offset, arrays and structs as JSON."""
    kind, quoted = types[column], name(column)
    if isinstance(kind, TimestampType):
        return f"date_format({quoted}, \"yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX\")"
    if isinstance(kind, ArrayType | StructType | MapType):
        return f"to_json({quoted})"
    return f"cast({quoted} as string)"


def _nulls(rows: Sequence[RowMapping], events: Mapping[str, EventType]) -> str:
    """Attributes that the mapping gives and the row has as null: the event sets them to null."""

    def names(index: int, row: RowMapping) -> str:
        event = events.get(row.to)
        given = [path for path in row.properties if event and path in event.sets_attributes]
        checks = ", ".join(f"case when {name(f'_{index}_p_{path}')} is null then {quote(path)} end" for path in given)
        return f"filter(array({checks}), x -> x is not null)" if checks else "cast(array() as array<string>)"

    return f"coalesce({_pick(rows, names)}, cast(array() as array<string>))"
