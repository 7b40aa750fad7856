"""Words that may stand in one room only. An exception is a path with its reason, and one that is no longer needed is an offence too."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.architecture.source_tree import Module, product

Finder = Callable[[Module], bool]


def imports(*packages: str) -> Finder:
    return lambda module: any(name == package or name.startswith(f"{package}.") for name in module.imports() for package in packages)


def names(*words: str) -> Finder:
    return lambda module: not set(words).isdisjoint(module.names())


def calls(*methods: str) -> Finder:
    """`something.method(...)`, other than a function of pyspark.sql.functions."""

    def find(module: Module) -> bool:
        called = (node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call))
        return any(
            isinstance(function, ast.Attribute)
            and function.attr in methods
            and not (isinstance(function.value, ast.Name) and function.value.id in ("F", "self"))
            for function in called
        )

    return find


def sql_says(pattern: str) -> Finder:
    return lambda module: any(re.search(pattern, text, re.IGNORECASE) for text in module.code_strings())


def either(*finders: Finder) -> Finder:
    return lambda module: any(find(module) for find in finders)


def chains(receiver: str, attribute: str) -> Finder:
    return lambda module: bool(re.search(rf"\b{receiver}\s*\.\s*{attribute}\b", module.text))


@dataclass(frozen=True)
class Room:
    """`find` may be true of modules under `allowed` (path prefixes), of `because` (path -> reason), and of none else."""

    what: str
    find: Finder
    allowed: tuple[str, ...] = ()
    outside: tuple[str, ...] = ("segmentation/", "jobs/")
    because: Mapping[str, str] = field(default_factory=dict)


ROOMS = (
    Room("building a session", chains("SparkSession", "builder"), allowed=("segmentation/adapters/session.py",)),
    Room("importing delta", imports("delta"), allowed=("segmentation/adapters/",)),
    Room(
        "importing pyspark",
        imports("pyspark"),
        allowed=("segmentation/rules/compile",),
        outside=("segmentation/definitions/", "segmentation/rules/", "segmentation/settings.py", "segmentation/issues.py", "segmentation/tables.py"),
    ),
    Room(
        "reading the wall clock",
        either(
            names("current_timestamp"),
            calls("now", "utcnow", "today", "time_ns"),
            chains("time", "time"),
            sql_says(r"\b(current_timestamp|now|current_date)\s*\(\s*\)"),
        ),
        allowed=("segmentation/adapters/", "segmentation/cli"),
        because={
            "segmentation/pipelines/capture_tables.py": "when rows that carry no instant of their own were taken, pinned in the plan of the batch",
            "segmentation/pipelines/commit.py": "recorded_at: when a plan was written",
            "segmentation/pipelines/definitions_table.py": "applied_at: when a definition was applied",
            "segmentation/pipelines/ingest_batch.py": "received_at of events that do not bring one, pinned in the plan of the batch",
            "segmentation/pipelines/plan_batch.py": "as_of under `clock: wall`, pinned in the plan: the decision itself gets it from there",
        },
    ),
    Room(
        "bringing rows to the driver",
        calls("collect", "toPandas", "toLocalIterator", "take", "first", "head"),
        because={
            "segmentation/adapters/delta.py": "one row of a table's history, its properties",
            "segmentation/adapters/sources/files.py": "the paths of a micro-batch; the first line of a file",
            "segmentation/adapters/sources/salvage.py": "one row: whether a file can be read to its end",
            "segmentation/adapters/user_tables.py": "one row: whether a change feed can be read from a version",
            "segmentation/cli/reading.py": "what a user asked to see: 20 members, or all of a segment with --limit 0",
            "segmentation/cli/checking.py": "a row a segment and day of a forecast, and the first 20 moves (all with --limit 0)",
            "segmentation/cli/report.py": "a row a segment and day, the customer who moved most, the commonest reasons",
            "segmentation/cli/upkeep.py": "one row: the figures of a batch",
            "segmentation/pipelines/customer_facts.py": "the facts of one customer",
            "segmentation/pipelines/reading.py": "the history of one customer; a row a segment",
            "segmentation/pipelines/capture_lists.py": "one row: the stamp of a list",
            "segmentation/pipelines/capture_tables.py": "one row of counts",
            "segmentation/pipelines/commit.py": "the last plan",
            "segmentation/pipelines/definitions_table.py": "the definitions: as many as there are documents",
            "segmentation/pipelines/evaluate_batch.py": "one row of counts",
            "segmentation/pipelines/write_decision.py": "one row of counts",
            "segmentation/pipelines/ingest_write.py": "one row of counts",
            "segmentation/pipelines/plan_batch.py": "one row: how many facts are new, and the newest",
            "segmentation/pipelines/reconcile_membership.py": "the first hundred differences",
            "segmentation/pipelines/snapshot_membership.py": "the last snapshot; one row a segment",
            "segmentation/pipelines/erase_events.py": "counts, and the ids that somebody typed",
        },
    ),
    Room("Python user-defined functions", names("udf", "pandas_udf", "udtf", "mapInPandas", "applyInPandas", "mapInArrow", "applyInArrow")),
    Room("guessing a schema", either(names("inferSchema"), lambda module: "inferSchema" in set(module.code_strings()))),
    Room("timers of state stores", names("transformWithState", "transformWithStateInPandas", "applyInPandasWithState")),
    Room("printing", names("print"), allowed=("segmentation/cli",)),
)


def find_offences(room: Room, sources: list[Module]) -> list[str]:
    inside = [module for module in sources if module.path.startswith(room.outside) and not module.path.startswith(room.allowed or ("//",))]
    return [module.path for module in inside if room.find(module) and module.path not in room.because]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.what)
def test_what_belongs_to_one_room_stays_there(room: Room) -> None:
    assert find_offences(room, product()) == [], f"{room.what} belongs to {room.allowed or 'nowhere'}, or needs a reason in ROOMS"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.what)
def test_no_exception_outlives_its_need(room: Room) -> None:
    needed = {module.path for module in product() if room.find(module)}
    assert sorted(set(room.because) - needed) == []


PLANTED = {
    "building a session": "SparkSession.builder.getOrCreate()",
    "importing delta": "from delta.tables import DeltaTable",
    "importing pyspark": "import pyspark.sql.functions as F",
    "reading the wall clock": "x = frame.selectExpr('current_timestamp() as at')",
    "bringing rows to the driver": "rows = frame.collect()",
    "Python user-defined functions": "from pyspark.sql.functions import udf",
    "guessing a schema": "spark.read.option('inferSchema', True)",
    "timers of state stores": "frame.transformWithState(x)",
    "printing": "print('x')",
}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.what)
def test_a_planted_offence_is_found(room: Room) -> None:
    planted = Module("segmentation/definitions/planted.py", PLANTED[room.what])
    assert find_offences(room, [planted]) == ["segmentation/definitions/planted.py"]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.what)
def test_words_in_a_docstring_or_comment_are_no_offence(room: Room) -> None:
    if room.what == "building a session":
        pytest.skip("looked for in the whole text, to be found in every spelling")
    planted = Module("segmentation/definitions/planted.py", '"""collect now() udf inferSchema."""\n# print, delta and pyspark: frame.collect()\n')
    assert find_offences(room, [planted]) == []
