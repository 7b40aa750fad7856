"""Between which instants each fact counts, span by span; and what settings of attributes took the place of."""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import DataFrame

from segmentation.rules.compile.bits import FactBit, any_bit
from segmentation.rules.compile.measures import Span
from segmentation.rules.compile.program import Program
from segmentation.rules.compile.registry import Past, Slot
from segmentation.rules.compile.sql import FOREVER, quote, valid_zone
from segmentation.rules.compile.values import setting_order

OF_CUSTOMER = "partition by customer_key, customer_id"
ENDED_BEFORE = "order by e{0}, l{0} rows between unbounded preceding and 1 preceding"
STRICTLY_BEFORE = "range between unbounded preceding and 1 preceding"
WHOLE = -1
"""The part that the fact itself is; other rows of it are there for one stretch of one span."""


def add_spans(timelines: DataFrame, program: Program) -> DataFrame:
    """The rows, with r0.. and e0, l0..; of a fact that may count along several stretches of a span, a row more for each.

    timelines: as assemble_timelines yields them, with `breaks`. A row for a stretch has neither breaks nor begin nor cause.
    """
    is_parted = any(span.is_parted for span, _ in program.spans)
    facts = _add_pasts(timelines, program)
    facts = _add_parts(facts, program) if is_parted else facts
    spanned = facts.selectExpr("*", *_spans(program, is_parted))
    once = _counted_once(program)
    whole = {column: f"if(part = {WHOLE}, {column}, null) as {column}" for column in ("begin", "cause", "breaks")} if is_parted else {}
    replaced = {**once, **whole}
    return spanned.selectExpr(*(replaced.get(column, column) for column in spanned.columns))


def _spans(program: Program, is_parted: bool) -> Iterator[str]:
    """e0, l0..: the instants between which a row counts; null for facts that no rule asks with this span."""
    for number, (span, bits) in enumerate(program.spans):
        enter, leave = (f"greatest({span.enter}, part_low)", f"least({span.leave}, part_high)") if span.is_parted else (span.enter, span.leave)
        counts = f"{any_bit(bits, str)} and {leave} > {enter}"
        counts += f" and {span.once} is not null" if span.once else ""
        counts += f" and part = {number if span.is_parted else WHOLE}" if is_parted else ""
        yield f"if({counts}, {enter}, null) as e{number}"
        yield f"if({counts}, {leave}, null) as l{number}"


def _counted_once(program: Program) -> dict[str, str]:
    """e0.., l0.. of facts that count only once those of their value that came before have left: null where they never do."""
    columns = {}
    for number, (span, _) in enumerate(program.spans):
        if span.once:
            left = f"max(l{number}) over ({OF_CUSTOMER}, {span.once} {ENDED_BEFORE.format(number)})"
            columns[f"e{number}"] = f"if({left} >= l{number}, null, greatest(e{number}, {left})) as e{number}"
            columns[f"l{number}"] = f"if({left} >= l{number}, null, l{number}) as l{number}"
    return columns


# ---------------------------------------------------------------- spans that a fact may enter several times
def _add_parts(facts: DataFrame, program: Program) -> DataFrame:
    """part (WHOLE, or the number of a span), part_low, part_high: a stretch along which the span is asked, and the `zone` to ask it with."""
    parted = [(number, span, bits) for number, (span, bits) in enumerate(program.spans) if span.is_parted]
    if any(span.zoned for _, span, _ in parted):
        facts = _add_periods(facts, program)
    whole = f"array({_part(WHOLE, 'cast(null as bigint)', 'cast(null as bigint)', 'cast(null as string)')})"
    stretches = (f"if({any_bit(bits, str)}, {_stretches(number, span)}, null)" for number, span, bits in parted)
    rows = facts.selectExpr("*", f"inline(flatten(array_compact(array({whole}, {', '.join(stretches)}))))")
    return rows.where(f"part = {WHOLE} or part_low < part_high")


def _part(number: int, low: str, high: str, zone: str) -> str:
    return f"struct({number} as part, {low} as part_low, {high} as part_high, {zone} as zone)"


def _stretches(number: int, span: Span) -> str:
    """By the turns of the match, and within each by the customer's zones."""
    if span.turns is None:
        return f"transform(periods, p -> {_part(number, 'p.low', 'p.high', 'p.zone')})"
    low, high = (f"get({span.turns}, 2 * i + {turn})" for turn in (0, 1))
    part = _part(number, low, high, "cast(null as string)")
    if span.zoned:
        part = f"transform(periods, p -> {_part(number, f'greatest(p.low, {low})', f'least(p.high, {high})', 'p.zone')})"
    turned = f"transform(sequence(0, size({span.turns}) div 2 - 1), i -> {part})"
    return f"if(size({span.turns}) > 1, {f'flatten({turned})' if span.zoned else turned}, null)"


def setting_of(program: Program, attribute: str) -> tuple[FactBit, Slot]:
    """The bit of facts that set the attribute, and the slot with its value."""
    return next((bit, slot) for name, bit, slot in program.attributes if name == attribute)


def _add_periods(facts: DataFrame, program: Program) -> DataFrame:
    """periods: from when to when (low, high) the customer's clock is that of a `zone`, all of time."""
    bit, slot = setting_of(program, "time_zone")
    order = setting_order(program.places, "time_zone")
    said = f"collect_list(if({bit.is_set}, struct({order} as order, occ, {slot.column} as zone), null)) over ({OF_CUSTOMER})"
    settings = facts.selectExpr("*", f"sort_array({said}) as said")
    lasting = settings.selectExpr("*", "filter(said, (s, i) -> coalesce(get(said, i + 1).occ != s.occ, true)) as lasting")
    first = f"struct({-FOREVER}L as low, coalesce(get(lasting, 0).occ, {FOREVER}L) as high, {quote(program.default_zone)} as zone)"
    zone = valid_zone("s.zone", program.default_zone)
    later = f"transform(lasting, (s, i) -> struct(s.occ as low, coalesce(get(lasting, i + 1).occ, {FOREVER}L) as high, {zone} as zone))"
    return lasting.selectExpr("*", f"concat(array({first}), {later}) as periods").drop("said", "lasting")


# ---------------------------------------------------------------- what settings took the place of
def _add_pasts(facts: DataFrame, program: Program) -> DataFrame:
    """r0..: of settings that any rule asks for the past of their attribute, what it was just before their instant."""
    for column, past in program.pasts:
        facts = _add_past(facts, program, column, past)
    return facts


def _add_past(facts: DataFrame, program: Program, column: str, past: Past) -> DataFrame:
    asked = (past.attribute, "time_zone") if past.with_zone else (past.attribute,)
    is_setting = any_bit((setting_of(program, name)[0] for name in asked), str)
    along = f"{OF_CUSTOMER}, {is_setting} order by occ"

    def latest(name: str, frame: str) -> str:
        bit, slot = setting_of(program, name)
        return f"max_by({slot.column}, if({bit.is_set}, {setting_order(program.places, name)}, null)) over ({along} {frame})"

    zone = valid_zone(latest("time_zone", STRICTLY_BEFORE), program.default_zone) if past.with_zone else "cast(null as string)"
    told = facts.selectExpr(
        "*", f"{latest(past.attribute, STRICTLY_BEFORE)} as before", f"{latest(past.attribute, '')} as now", f"{zone} as zone_before"
    )
    known = told.selectExpr("*", f"max(before is not null) over ({along}) and not (before <=> now) as is_change")
    found = f"if({is_setting}, struct(before, is_change, zone_before as zone), null) as {column}"
    return known.selectExpr("*", found).drop("before", "now", "zone_before", "is_change")
