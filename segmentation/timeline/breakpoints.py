"""The instants at which answers may change: what a fact causes by itself, and what only the whole customer tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from segmentation.rules.compile.bits import FactBit, any_bit
from segmentation.rules.compile.leaves import anniversary
from segmentation.rules.compile.program import Program
from segmentation.rules.compile.registry import Breakpoint, Shift
from segmentation.rules.compile.sql import CUSTOMER_ZONE, FOREVER, midnight, quote, start_of


def needs_customer(point: Breakpoint) -> bool:
    """The customer's own zones, or first instant, are not known on the row of one fact."""
    return point.bit is None or CUSTOMER_ZONE in point.zones


def fact_breakpoints(program: Program) -> str:
    """An array over the columns of a fact row: its beginning, and every instant its bits cause (nulls included)."""
    own = [point for point in program.breakpoints if not needs_customer(point)]
    return _instants(own, lambda column: column, "null", always=("begin",))


def customer_breakpoints(program: Program) -> str:
    """An array over the columns of a customer: `facts` (array of fact structs), `exist`, `zones` (array of zone names)."""
    fixed = [_shifted(_base_of_all(point), point.shifts, "null") for point in program.breakpoints if point.bit is None]
    arrays = [f"array({', '.join(['exist', *fixed])})"]
    moving = [point for point in program.breakpoints if point.bit is not None and needs_customer(point)]
    if moving:
        each = _instants(moving, lambda column: f"f.{column}", "z")
        arrays.append(f"flatten(flatten(transform(zones, z -> transform(facts, f -> {each}))))")
    return f"concat({', '.join(arrays)})"


def _base_of_all(point: Breakpoint) -> str:
    return "exist" if point.base == "exist" else f"{point.base.removeprefix('at:')}L"


@dataclass(frozen=True)
class _Instant:
    base: str
    shifts: tuple[Shift, ...]
    date_zone: str | None
    yearly: bool
    days: int


def _instants(points: Iterable[Breakpoint], column: Callable[[str], str], zone: str, always: Sequence[str] = ()) -> str:
    """Equal instants of several bits are worked out once: one test of all their bits."""
    by_instant: dict[_Instant, list[FactBit]] = {}
    for point in points:
        key = _Instant(point.base, point.shifts, point.date_zone, point.yearly, point.days)
        by_instant.setdefault(key, []).append(point.bit)  # type: ignore[arg-type]
    single = list(always)
    arrays = []
    for instant, bits in by_instant.items():
        if instant == _Instant("begin", (), None, False, 0) and always:
            continue
        has = any_bit(bits, column)
        base = column(instant.base)
        if instant.yearly:
            arrays.append(f"if({has} and {base} is not null, {_yearly(instant, base, zone)}, cast(array() as array<bigint>))")
        else:
            single.append(f"if({has}, {_shifted(_moment(instant, base, zone), instant.shifts, zone)}, null)")
    singles = f"cast(array({', '.join(single)}) as array<bigint>)"
    return f"concat({', '.join([singles, *arrays])})"


def _moment(instant: _Instant, base: str, zone: str) -> str:
    if instant.date_zone is not None:
        return midnight(base, _zone(instant.date_zone, zone))
    return f"if({base} < {FOREVER}L, {base}, null)" if instant.base == "until" else base


def _zone(zone: str, customer: str) -> str:
    return customer if zone == CUSTOMER_ZONE else quote(zone)


def _shifted(moment: str, shifts: tuple[Shift, ...], zone: str) -> str:
    for shift in shifts:
        moment = start_of(shift.unit, moment, _zone(shift.zone, zone), ahead=shift.ahead) if shift.unit else f"({moment} + {shift.micros}L)"
    return moment


def _yearly(instant: _Instant, base: str, zone: str) -> str:
    """Every anniversary from the year before the sweep to the one after the next, so that `due` finds the next one too."""
    years = "sequence(year(timestamp_micros(start_us)) - 1, year(timestamp_micros(as_of_us)) + 2)"
    date = f"date_add({anniversary(base, 'y')}, {instant.days})"
    moment = midnight(date, _zone(instant.date_zone or "UTC", zone))
    return f"transform({years}, y -> {_shifted(moment, instant.shifts, zone)})"
