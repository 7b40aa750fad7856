"""Instants at which the status of a customer in a segment, or the winner over it, changes."""

from __future__ import annotations

from pyspark.sql import DataFrame

from segmentation.rules.compile.program import Program
from segmentation.rules.compile.sql import quote
from segmentation.rules.facts import CAUSES

EMPTY = "cast(array() as array<bigint>)"
IN_ORDER = "over (partition by customer_key, customer_id order by at)"


def find_transitions(states: DataFrame, program: Program, history_since: int | None = None) -> DataFrame:
    """customer_key, customer_id, segment, effective_at, status, outranked_by, cause, definition: what changed against the point before.

    states: as decide_states yields them. At `history_since` nothing was before, and the cause is `start`.
    """
    before = f"coalesce(lag(state) {IN_ORDER}, {EMPTY})"
    if history_since is not None:
        before = f"if(at = {history_since}L, {EMPTY}, {before})"
    changed = states.selectExpr("*", f"{before} as before").where("at >= from_us and state != before")
    rows = changed.selectExpr("customer_key", "customer_id", "at", "cause_number", f"inline({_changes()})")
    names = _array(program.names)
    cause = f"element_at({_array(CAUSES)}, cause_number + 1)"
    if history_since is not None:
        cause = f"if(at = {history_since}L, {quote('start')}, {cause})"
    return rows.selectExpr(
        "customer_key",
        "customer_id",
        f"element_at({names}, cast(number as int) + 1) as segment",
        "timestamp_micros(at) as effective_at",
        "case winner when -1 then 'none' when 0 then 'active' else 'outranked' end as status",
        f"if(winner > 0, element_at({names}, cast(greatest(winner, 1) as int)), null) as outranked_by",
        f"{cause} as cause",
        f"{_definition(program)} as definition",
    )


def _changes() -> str:
    """Structs (number, winner): winner -1 is none, 0 active, else the number of the segment that outranks, plus 1."""
    entered = "transform(array_except(state, before), c -> struct(c div 4294967296L as number, c % 4294967296L as winner))"
    gone = "array_except(transform(before, c -> c div 4294967296L), transform(state, c -> c div 4294967296L))"
    return f"concat({entered}, transform({gone}, n -> struct(n as number, -1L as winner)))"


def _array(texts: tuple[str | None, ...]) -> str:
    return f"array({', '.join('cast(null as string)' if text is None else quote(text) for text in texts)})"


def _definition(program: Program) -> str:
    """slug@version of the definition in force at the instant."""
    picks = [(since, f"element_at({_array(versions)}, cast(number as int) + 1)") for since, versions in program.definitions]
    text = picks[0][1]
    for since, pick in picks[1:]:
        text = f"if(at >= {since}L, {pick}, {text})"
    return text
