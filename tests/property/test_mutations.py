"""Any comparison or bound changed in the compiler makes the two readings differ: the proof can fail.

All mutants share one decision: each has segments of its own, whose rules alone are compiled as the mutant would, beside honest copies.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import copy
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from segmentation.rules import model as m
from segmentation.rules.compile import compile_program, segments
from segmentation.rules.in_force import InForce
from segmentation.rules.types import INTEGER, RATIO, TIMESTAMP
from tests.property.generated_facts import DAY, GRID, TYPES, VOCABULARY, history
from tests.property.generated_rules import Rules
from tests.property.mutations import MUTATIONS
from tests.property.strategies import always, base_of, span_of
from tests.property.test_two_readings import decided_by_interpreter, decided_by_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
SEED = 0
BASE = base_of(SEED)
POOL = 500
CUSTOMERS = 60
FEW = 6
"""So many segments try to tell a mutant from the compiler."""


class Mutant(NamedTuple):
    file: str
    text: str
    change: str

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """The module as if `text` stood there as `change`, for everybody who imported from it."""
        module, changed = module_of(self.file), changed_module(self)
        codes = {name: value.__code__ for name, value in vars(module).items() if isinstance(value, FunctionType)}
        tables = {name: dict(value) for name, value in vars(module).items() if isinstance(value, dict) and name.isupper()}
        try:
            for name in codes:
                if isinstance(changed.get(name), FunctionType) and changed[name].__module__ == module.__name__:
                    vars(module)[name].__code__ = changed[name].__code__
            for name in tables:
                vars(module)[name].update(changed[name])
            yield
        finally:
            for name, code in codes.items():
                vars(module)[name].__code__ = code
            for name, table in tables.items():
                vars(module)[name].update(table)


def module_of(file: str) -> ModuleType:
    return importlib.import_module(f"segmentation.rules.compile.{file.removesuffix('.py')}")


@cache
def changed_module(mutant: Mutant) -> dict[str, Any]:
    module = module_of(mutant.file)
    source = Path(inspect.getfile(module)).read_text(encoding="utf-8")
    found = source.count(mutant.text)
    assert found == 1, f"{mutant.text!r} stands {found} times in {mutant.file}: mend the list of mutations"
    changed: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source.replace(mutant.text, mutant.change), module.__name__, "exec"), changed)
    return changed


# ---------------------------------------------------------------- which rules a mutant would get wrong
def pool() -> dict[str, m.Condition]:
    """References to a segment that is entered again and again, what is seldom generated, and leaves, which hide nothing."""
    rules = Rules(Random(SEED), BASE)
    references = [make("moves", width) for make in (m.InSegmentFor, m.Entered) for width in (GRID, 2 * GRID, DAY)]
    found = [*references, *seldom_generated(), *(rules.leaf() for _ in range(POOL))]
    return {f"r{number}": rule for number, rule in enumerate(found)}


def seldom_generated() -> Iterator[m.Condition]:
    bought = m.Selection("shop_bought", ("shop_bought",))
    latest = m.Aggregate("latest", bought, None, TIMESTAMP)
    for op in ("before", "after"):
        yield from (m.Compare(latest, m.Comparison(op, BASE + step * GRID)) for step in (4, 12, 20, 28))
    today = m.Window(since=m.Since(unit="day", zone="customer"))
    yield from (m.Did(m.Selection(kind, (kind,), window=today)) for kind in ("shop_bought", "shop_viewed", "mailed", "orders", "identified"))
    median = m.Aggregate("median", bought, "amount", RATIO)
    yield from (m.Compare(median, m.Comparison("above", Decimal(amount))) for amount in ("1", "2.5", "33.33"))
    for zone in ("UTC", "customer"):
        for strict in (True, False):
            yield m.Compare(latest, m.Comparison("not_before", m.Since(unit="day", zone=zone, strict=strict), zone=zone))
    for edge in ("first", "last"):
        yield m.Compare(m.Aggregate(edge, bought, "items", INTEGER), m.Comparison("at_least", 2))
    for op in ("within", "older_than"):
        yield m.Compare(m.Aggregate("earliest", bought, None, TIMESTAMP), m.Comparison(op, DAY))
        yield m.Compare(latest, m.Comparison(op, GRID))
    yield m.Compare(m.Aggregate("last", bought, "huge", TYPES["huge"]), m.Comparison("above", Decimal("0.00005")))
    tested = (m.PropertyTest("moment", TIMESTAMP, m.Comparison(*word, zone="customer")) for word in SELDOM_TESTED)
    yield from (m.Did(m.Selection(kind, (kind,), (test,))) for test in tested for kind in ("shop_bought", "shop_viewed", "mailed"))
    yield from sequences_that_time_changes()


def sequences_that_time_changes() -> Iterator[m.Condition]:
    """Sequences whose first step has facts that come and go by themselves."""
    recent = m.PropertyTest("moment", TIMESTAMP, m.Comparison("within", 20 * DAY), if_missing=True)
    for negated, within in ((False, None), (False, GRID), (False, DAY), (True, GRID), (True, DAY)):
        for first, then in (("shop_viewed", "shop_bought"), ("shop_bought", "mailed"), ("mailed", "orders")):
            steps = (m.Step(m.Selection(first, (first,), (recent,))), m.Step(m.Selection(then, (then,)), negated, within))
            yield from (m.Sequence(steps, whole) for whole in (None, DAY))


SELDOM_TESTED = (
    *(("not_before", m.Since(unit="day", zone="customer", offset=offset, strict=strict)) for offset in (0, -3) for strict in (True, False)),
    ("since", m.Since(unit="day", zone="customer")),
    *(("since", m.Since(instant=BASE + step * GRID)) for step in (8, 16, 24)),
    *((op, width) for op in ("within", "older_than", "within_next") for width in (GRID, DAY)),
)
MOVES = m.SegmentRule("moves", m.Did(m.Selection("shop_bought", ("shop_bought",), window=m.Window(within=2 * GRID))))


def in_force(rules: Mapping[str, m.Condition], name: str) -> tuple[InForce, ...]:
    """A fingerprint of its own: programs are cached by them."""
    each = always(m.RuleSet((MOVES, *(m.SegmentRule(slug, rule) for slug, rule in rules.items())), ()))
    return (InForce(None, each.rule_set, each.versions, f"mutants {name}"),)


def texts(rule: m.Condition, name: str) -> tuple[Any, ...]:
    program = compile_program(in_force({"s": rule}, name), VOCABULARY)
    return program.measures, program.chains, program.levels, program.bits, program.matches


def told_apart_by(mutant: Mutant, rules: Mapping[str, m.Condition], honest: Mapping[str, Any], compiled_as: dict[int, Mutant]) -> Iterator[str]:
    """The rules that the mutant compiles to something else."""
    for slug, rule in rules.items():
        compiled_as[id(rule)] = mutant
        if texts(rule, f"{mutant} {slug}") != honest[slug]:
            yield slug
        del compiled_as[id(rule)]


# ---------------------------------------------------------------- all in one decision
@pytest.fixture
def compiled_as(monkeypatch: pytest.MonkeyPatch) -> dict[int, Mutant]:
    """By id of a rule: the mutant that compiles it."""
    mutants: dict[int, Mutant] = {}
    honest = segments.condition_sql

    def condition_sql(scope: Any, condition: m.Condition) -> str:
        mutant = mutants.get(id(condition))
        with mutant() if mutant else nullcontext():
            return honest(scope, condition)

    monkeypatch.setattr(segments, "condition_sql", condition_sql)
    return mutants


def test_no_mutant_of_the_compiler_survives(spark: SparkSession, compiled_as: dict[int, Mutant]) -> None:
    mutants = [Mutant(*each) for each in MUTATIONS]
    chance = Random(f"mutants {SEED}")
    histories = {f"c{number}": history(chance, BASE) for number in range(CUSTOMERS)}
    rules = pool()
    honest = {slug: texts(rule, slug) for slug, rule in rules.items()}
    asked: dict[str, m.Condition] = {}
    for number, mutant in enumerate(mutants):
        for slug in tuple(islice(told_apart_by(mutant, rules, honest, compiled_as), FEW)):
            compiled_as.pop(id(rules[slug]), None)
            asked |= {slug: rules[slug], f"{slug}_by_{number}": copy(rules[slug])}
            compiled_as[id(asked[f"{slug}_by_{number}"])] = mutant
    span = span_of(BASE)
    decided = decided_by_spark(spark, in_force(asked, "decided"), VOCABULARY, histories, *span)
    differing = {row[2] for row in decided ^ decided_by_interpreter(in_force(asked, "truth"), VOCABULARY, histories, *span)}
    assert {slug for slug in differing if "_by_" not in slug} == set()
    survivors = [mutant for number, mutant in enumerate(mutants) if not any(slug.endswith(f"_by_{number}") for slug in differing)]
    assert not survivors, "\n".join(map(str, survivors))
