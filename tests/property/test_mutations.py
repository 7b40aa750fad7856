"""Any comparison or bound changed in the compiler makes the two readings differ: the proof can fail."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from segmentation.rules.compile import compile_program
from tests.property.mutations import MUTATIONS
from tests.property.strategies import always, base_of, generate_case, span_of
from tests.property.test_two_readings import decided_by_interpreter, decided_by_spark, distinctly

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]
CASES = 40


@contextmanager
def mutated(module: ModuleType, text: str, mutant: str) -> Iterator[None]:
    """The module as if `text` stood there as `mutant`, for everybody who imported from it."""
    source = Path(inspect.getfile(module)).read_text(encoding="utf-8")
    assert source.count(text) == 1, f"{text!r} stands {source.count(text)} times in {module.__name__}: mend the list of mutations"
    changed: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source.replace(text, mutant), module.__name__, "exec"), changed)
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


@pytest.mark.parametrize(("file", "text", "mutant"), MUTATIONS)
def test_a_mutant_of_the_compiler_is_found(spark: SparkSession, file: str, text: str, mutant: str, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--all-mutants"):
        pytest.skip("minutes for each mutant: --all-mutants tries them all")
    module = importlib.import_module(f"segmentation.rules.compile.{file.removesuffix('.py')}")
    for seed in range(CASES):
        case = generate_case(seed, customers=40, segments=8)
        plain = distinctly(seed, (always(case.rule_set),))
        start, end = span_of(base_of(seed))
        honest = compile_program(plain, case.vocabulary)
        with mutated(module, text, mutant):
            strange = compile_program(distinctly(-1 - seed, plain), case.vocabulary)
            if (strange.measures, strange.levels) == (honest.measures, honest.levels):
                continue
            found = decided_by_spark(spark, distinctly(-1 - seed, plain), case.vocabulary, case.customers, start, end)
        if found != decided_by_interpreter(plain, case.vocabulary, case.customers, start, end):
            return
    pytest.fail(f"no case of {CASES} tells {mutant!r} from {text!r}")
