"""Sequences of facts: when each was settled, step by step along the order of time, a sort a step.

While no fact ceases to count, or comes to count later than at its own instant, a sequence that was settled stays so, and only the nearest
fact before or after matters. So the sweep is cut into stretches at the instants where such a thing happens; there are none for events.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.rules.compile.bits import any_bit
from segmentation.rules.compile.measures import Chain
from segmentation.rules.compile.program import Program
from segmentation.rules.compile.sql import FOREVER
from segmentation.traits.inside import CUSTOMER, POINT, count_below, overlapping

STRETCH = (*CUSTOMER, "chain", "start", "end")
"""A sequence's number, and from which instant on, before which other one, its facts stay as they are."""
ALONG = "over (partition by customer_key, customer_id, chain, start order by t {0} range between unbounded preceding and 1 preceding)"
"""Strictly before, or with `desc` strictly after, and linear either way."""


def measure_sequences(swept: DataFrame, program: Program) -> DataFrame:
    """customer_key, customer_id, at, and for each sequence the latest instant b0.. at which it was settled, with b0_at.. where that changes.

    swept: customer_key, customer_id, floor, as_of_us, facts.
    """
    chains = [chain for _, chain in program.chains]
    rows = _in_stretches(_counting(swept, program), chains)
    rows = rows.selectExpr(*STRETCH, "t", "steps", "steps & 1 != 0 as is_settled")
    for step in range(1, max(len(chain.selections) for chain in chains)):
        rows = _next_step(rows, chains, step)
    instants = rows.selectExpr("*", "if(is_settled, t, null) as settled").where("is_settled or t = start")
    settled = instants.selectExpr(*CUSTOMER, "chain", "greatest(t, start) as at", "end", "settled").where("at < end")
    return settled.groupBy(*POINT).agg(*(F.expr(sql) for number, (column, _) in enumerate(program.chains) for sql in _columns(number, column)))


def _columns(number: int, column: str) -> tuple[str, str]:
    return f"max(settled) filter (where chain = {number}) as {column}", f"max(at) filter (where chain = {number}) as {column}_at"


# ---------------------------------------------------------------- facts, and between which instants they stay as they are
def _counting(swept: DataFrame, program: Program) -> DataFrame:
    """A row for each fact, chain and step, and the instants between which it counts: versions that follow one another are one."""
    named = [(number, step, each) for number, (_, chain) in enumerate(program.chains) for step, each in enumerate(chain.selections)]
    spans = {selected: program.span_number(selected) for _, _, selected in named}
    read = any_bit(selected.bit for _, _, selected in named)
    facts = swept.selectExpr(*CUSTOMER, "floor", "as_of_us", f"inline(filter(facts, f -> {read}))")
    each = ", ".join(
        f"struct({number} as chain, {step} as step, if({selected.bit.is_set}, e{spans[selected]}, null) as low, l{spans[selected]} as high)"
        for number, step, selected in named
    )
    fact = (*CUSTOMER, "floor", "as_of_us", "chain", "step", "id", "occ")
    counting = facts.selectExpr(*CUSTOMER, "floor", "as_of_us", "id", "occ", f"inline(array({each}))").where("low <= as_of_us and high > floor")
    return counting if all(selected.is_final for _, _, selected in named) else overlapping(counting, *fact)


def _in_stretches(counting: DataFrame, chains: list[Chain]) -> DataFrame:
    """A row for each stretch, instant and chain: `steps`, bits of those for which a fact counts then; a row at each start in any case."""
    turns = "array(floor, if(high > floor and high <= as_of_us, high, null), if(low != occ and low > floor, low, null))"
    facts = counting.groupBy(*CUSTOMER, "as_of_us", "chain").agg(
        F.expr(f"array_sort(array_distinct(array_compact(flatten(collect_list({turns}))))) as starts"),
        F.expr("collect_list(struct(step, occ, low, high)) as facts"),
    )
    first = f"if(f.low = f.occ, greatest({count_below('starts', 'f.occ + 1')} - 1, 0), {count_below('starts', 'f.low')})"
    end = count_below("starts", f"least(f.high, {_reach(chains)})")
    spread = f"transform(facts, f -> struct(f.occ as t, shiftleft(1L, f.step) as steps, {first} as first, {end} as end))"
    empty = "transform(starts, (s, i) -> struct(s as t, 0L as steps, i as first, i + 1 as end))"
    stretch = "struct(r.t as t, r.steps as steps, starts[i] as start, coalesce(get(starts, i + 1), as_of_us + 1) as end)"
    inside = f"transform(filter(concat({spread}, {empty}), r -> r.first < r.end), r -> transform(sequence(r.first, r.end - 1), i -> {stretch}))"
    rows = facts.selectExpr(*CUSTOMER, "chain", f"inline(flatten({inside}))")
    return rows.groupBy(*STRETCH, "t").agg(F.expr("bit_or(steps) as steps"))


def _reach(chains: list[Chain]) -> str:
    """The instant from which on a fact does not matter any more."""
    known = [f"when {number} then f.occ + {chain.reach}L" for number, chain in enumerate(chains) if chain.reach is not None]
    return f"case chain {' '.join(known)} else {FOREVER}L end" if known else f"{FOREVER}L"


# ---------------------------------------------------------------- steps
def _next_step(rows: DataFrame, chains: list[Chain], number: int) -> DataFrame:
    """From where the steps before were settled to where this one is; sequences that are shorter stay as they are."""
    steps = [(chain, each.steps[number - 1]) for chain, each in enumerate(chains) if len(each.steps) >= number]
    is_fact = f"steps & {1 << number}L != 0"
    before = f"max(if(is_settled, t, null)) {ALONG.format('')}"
    after = f"min(if({is_fact}, t, null)) {ALONG.format('desc')}"
    waits = [chain for chain, step in steps if step.waits is not None]
    near = before if not waits else after if len(waits) == len(steps) else f"if({_is_one_of(waits)}, {after}, {before})"
    fits = " ".join(f"when {chain} then {step.fits}" for chain, step in steps)
    met = f"case chain {fits} else true end"
    found = rows.selectExpr("*", f"{near} as near")
    own = f"if({_is_one_of([chain for chain, _ in steps])}, {is_fact}, is_settled)"
    if not waits:
        return found.selectExpr(*STRETCH, "t", "steps", f"{own} and coalesce({met}, false) as is_settled")
    waited = " ".join(f"when {chain} then {step.waits}L" for chain, step in steps if step.waits is not None)
    silent = f"is_settled and coalesce(near is null or {met}, false)"
    later = f"if({silent}, struct(t + case chain {waited} end as t, 0L as steps, true as is_settled), null)"
    moved = f"array(struct(t, steps, false as is_settled), {later})"
    stays = f"array(struct(t, steps, {own} and coalesce({met}, false) as is_settled))"
    return found.selectExpr(*STRETCH, f"inline(array_compact(if({_is_one_of(waits)}, {moved}, {stays})))")


def _is_one_of(chains: list[int]) -> str:
    return f"chain in ({', '.join(map(str, chains))})"
