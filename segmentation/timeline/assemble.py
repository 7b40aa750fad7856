"""The timelines of touched customers: copies become one fact, versions get their ends, settings and matches are worked out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.program import Program
from segmentation.rules.compile.sql import FOREVER
from segmentation.rules.vocabulary import Vocabulary
from segmentation.timeline.sources import EVENTS, LIST_ENTRIES, SCORES, FactSource, project, table_source

CUSTOMER = "customer_key, customer_id"
SAME_FACT = f"partition by {CUSTOMER}, kind, id"
SAME_PLACE = f"partition by {CUSTOMER}, kind order by occ, position, id rows between unbounded preceding and 1 preceding"


def source_of(table: str, vocabulary: Vocabulary) -> FactSource:
    """How the lake table `events`, `list_entries`, `scores` or `<name>_versions` is read as facts."""
    known = {"events": EVENTS, "list_entries": LIST_ENTRIES, "scores": SCORES}
    declared = table.removesuffix("_versions")
    return known.get(table) or table_source(declared, is_attributes=declared not in vocabulary.facts)


def assemble_timelines(frames: Mapping[str, DataFrame], touched: DataFrame, program: Program, vocabulary: Vocabulary) -> DataFrame:
    """One row a fact (version) of the touched customers.

    frames: lake table name -> its rows. touched: customer_key, customer_id, from_us, start_us, as_of_us (one row a customer, microseconds).
    Yields customer_key, customer_id, from_us, start_us, as_of_us, kind, cause, id, occ, begin, until, place, position, m*, s*, k*.
    """
    parts = [project(_of_touched(frame, touched), source_of(table, vocabulary), program, vocabulary) for table, frame in frames.items()]
    facts = reduce(DataFrame.unionByName, parts).repartition("customer_key")
    facts = _one_fact_each(facts, program)
    facts = _add_matches(facts, program, vocabulary)
    return _add_settings(facts, program)


def _of_touched(frame: DataFrame, touched: DataFrame) -> DataFrame:
    """Before anything is worked out: a million idle customers cost a scan and no more.

    Joined on the long key alone; the id is compared in a form that does not become a second key.
    """
    renamed = touched.withColumnsRenamed({"customer_key": "touched_key", "customer_id": "touched_id"})
    same_id = "greatest(customer_id, touched_id) = least(customer_id, touched_id)"
    return frame.join(renamed, on=F.expr(f"customer_key = touched_key and {same_id}"), how="inner").drop("touched_key", "touched_id")


def _kept_columns(program: Program, without: tuple[str, ...] = ()) -> list[str]:
    columns = [
        "customer_key", "customer_id", "from_us", "start_us", "as_of_us", "kind", "cause", "id", "occ", "begin", "until", "place", "position",
        *(f"m{word}" for word in range(program.words)), *(slot.column for slot in program.slots),
        *(f"v{column[1:]}" for _, column in program.matches), *(f"y_{slot.column}" for _, _, slot in program.attributes),
    ]  # fmt: skip
    return [column for column in columns if column not in without]


def _one_fact_each(facts: DataFrame, program: Program) -> DataFrame:
    """Of copies the smallest (occurred_at, content hash) counts; a version ends where the next of its row begins."""
    numbered = facts.selectExpr(
        "*",
        f"row_number() over ({SAME_FACT} order by o1, o2) as copy",
        f"lead(valid_from) over ({SAME_FACT} order by o1, o2) as next_from",
        f"bool_or(is_retracted) over ({SAME_FACT}) as is_gone",
    ).where("not is_gone and (keeps != 'first' or copy = 1)")
    until = f"if(keeps = 'version', coalesce(next_from, {FOREVER}L), until) as until"
    return numbered.selectExpr(*(until if column == "until" else column for column in _kept_columns(program)))


def _add_matches(facts: DataFrame, program: Program, vocabulary: Vocabulary) -> DataFrame:
    """k*: from which instant on there is an event with the same value of the property; of a table, all instants at which there comes to be
    a row with it, and ceases to be one."""
    if not program.matches:
        return facts
    comes_and_goes = {k: match.event for match, k in program.matches if vocabulary.has_versions(match.event)}
    known = facts.selectExpr("*", *(f"{_ended_before(event, k)} as e{k[1:]}" for k, event in comes_and_goes.items()))
    columns = {k: _turns(event, k) if k in comes_and_goes else _since(event, k) for event, k in ((match.event, k) for match, k in program.matches)}
    matched = [f"if({_value(k)} is null, null, {sql}) as {k}" for k, sql in columns.items()]
    return known.selectExpr(*_kept_columns(program, tuple(map(_value, columns))), *matched)


def _value(k: str) -> str:
    return f"v{k[1:]}"


def _since(event: str, k: str) -> str:
    return f"min(if(kind = '{event}', begin, null)) over (partition by {CUSTOMER}, {_value(k)})"


def _ended_before(event: str, k: str) -> str:
    """The latest end of the versions that began earlier: one that begins after it finds nobody there."""
    order = f"partition by {CUSTOMER}, {_value(k)} order by begin, until rows between unbounded preceding and 1 preceding"
    return f"max(if({_is_version(event)}, until, null)) over ({order})"


def _turns(event: str, k: str) -> str:
    """Sorted, by turns a beginning and an end."""
    of_value, ended = f"over (partition by {CUSTOMER}, {_value(k)})", f"e{k[1:]}"
    begun = f"collect_list(if({_is_version(event)} and coalesce(begin > {ended}, true), array({ended}, begin), null)) {of_value}"
    last = f"array(max(if({_is_version(event)}, until, null)) {of_value})"
    return f"sort_array(array_compact(concat(flatten({begun}), {last})))"


def _is_version(event: str) -> str:
    """Not one that is superseded as soon as it begins."""
    return f"kind = '{event}' and begin < until"


def _add_settings(facts: DataFrame, program: Program) -> DataFrame:
    """Bits of attributes: a row sets one only where its value differs from what the same place said before."""
    if not program.attributes:
        return facts
    matches = [column for _, column in program.matches]
    said = [
        f"last_value(if(y_{s.column}, struct({s.column} as v), null), true) over ({SAME_PLACE}) as z_{s.column}" for _, _, s in program.attributes
    ]
    known = facts.selectExpr("*", *said)
    base = _kept_columns(program, (*(f"y_{s.column}" for _, _, s in program.attributes), *(f"v{k[1:]}" for k in matches)))
    sets = {
        bit.index: f"if(y_{s.column} and if(z_{s.column} is null, {s.column} is not null, not ({s.column} <=> z_{s.column}.v)), {bit.mask}L, 0L)"
        for _, bit, s in program.attributes
    }
    words = {
        f"m{word}": " | ".join([f"m{word}", *(sets[bit.index] for _, bit, _ in program.attributes if bit.word == f"m{word}")]) + f" as m{word}"
        for word in range(program.words)
    }
    return known.selectExpr(*(words.get(column, column) for column in base), *matches)
