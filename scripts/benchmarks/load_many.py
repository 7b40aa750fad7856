"""A thousand segments over two hundred traits: how long they take to load, lint, compile and test. No JVM.

    .venv/bin/python scripts/benchmarks/load_many.py [--segments 1000] [--traits 200] [--tests 2] [--profile STAGE]

Prints a table of stages. Nothing is asserted; the aim is under 10 seconds without the inline tests.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from segmentation.definitions.inline_tests import run_inline_tests
from segmentation.definitions.lint import lint
from segmentation.definitions.load import load_checked
from segmentation.definitions.segments import rule_set
from segmentation.rules.compile import compile_program
from segmentation.rules.fingerprint import fingerprint_rules
from segmentation.rules.in_force import InForce
from segmentation.rules.normalize import normalize_rules
from segmentation.settings import Settings

EVENTS = ("product_viewed", "cart_updated", "email_delivered", "email_opened", "session_started", "search_made")
DAYS = (7, 14, 30, 60, 90, 180, 365)
PLAN = "events:\n" + "".join(f'  {name}: {{properties: {{value: "decimal(12,2)", category: string, count: integer}}}}\n' for name in EVENTS)
TABLES = """
tables:
  orders: {kind: facts, path: "{lake}/orders", id: order_id, customer: customer_id, occurred_at: ordered_at, changed_at: updated_at,
    properties: {total: "decimal(12,2)", status: string, channel: string}}
  customers: {kind: attributes, path: "{lake}/customers", customer: customer_id, attributes: {country: string, tier: string, birthday: date}}
"""


# ---------------------------------------------------------------- the documents
def traits(count: int) -> str:
    """Counts, sums, averages, ratios and latest instants; every one another."""
    lines = []
    for number in range(count):
        event, days = EVENTS[number % len(EVENTS)], DAYS[number % len(DAYS)] + number
        shapes = (
            f"{{count: {event}, within: {days} days}}",
            f"{{sum: orders.total, within: {days} days, where: {{status: {{not_in: [cancelled, refunded]}}}}}}",
            f"{{average: {event}.value, within: {days} days, where: {{category: c{number}}}}}",
            f"{{latest: {event}, where: {{count: {{at_least: {number}}}}}}}",
            f"{{ratio: [t{number - number % 5}, t{number - number % 5 + 1}]}}",
        )
        lines.append(f"  t{number}: {shapes[number % 5]}\n")
    return "traits:\n" + "".join(lines)


def segment(number: int, trait_count: int, tests: int) -> str:
    """A rule of one of six shapes, with tests beside it."""
    first, second = number % (trait_count // 5) * 5, (number * 7 + 5) % (trait_count // 5) * 5
    days = number % 50 + 1
    leaves = (
        f"{{trait: t{first}, at_least: {number % 9 + 1}}}, {{trait: t{second + 2}, above: {number}.5}}, {{did: orders, within: 30 days}}",
        f"{{did: orders}}, {{any: [{{trait: t{first + 4}, between: [0.1, 0.9]}}, {{did_not: email_opened, within: {days} days}}]}}",
        f"{{attribute: country, in: [NL, c{number}]}}, {{trait: t{second + 3}, within: {days} days}}, {{not: {{attribute: tier, is: gold}}}}",
        f"{{sequence: [{{did: cart_updated}}, {{did_not: orders, within: {days} hours}}], within: 9 days}}, {{trait: t{first + 1}, above: {number}}}",
        f'{{sql: "t{first} >= {number % 7} and t{second + 3} >= current_date - interval {days} days and t{second + 4} > 0.5"}}',
        f"{{tree: [{{when: {{trait: t{first}, above: {days}}}, then: true}}, {{when: {{did: search_made}}, then: {{in_segment: s{number - 5}}}}}]}}",
    )
    both = f"{{all: [{leaves[number % 6]}]}}"
    expected = "member" if number % 6 == 1 else "not member"
    order = "{orders: {total: 5, status: cancelled}, occurred_at: 2024-02-20T10:00:00Z}"
    case = f"{{at: 2026-03-01T00:00:00Z, expect: {expected}, facts: [{order}]}}"
    written = "    tests:\n" + f"      - {case}\n" * tests if tests else ""
    return f"  s{number}:\n    name: Segment {number}\n    owner: crm\n    rule: {leaves[number % 6] if number % 6 > 3 else both}\n{written}"


def write(folder: Path, segments: int, trait_count: int, tests: int) -> None:
    """Fifty segments a file, as a company with many teams has them."""
    for place in ("events", "segments"):
        (folder / place).mkdir()
    (folder / "events" / "shop.yaml").write_text(PLAN)
    (folder / "tables.yaml").write_text(TABLES)
    (folder / "traits.yaml").write_text(traits(trait_count))
    for start in range(0, segments, 50):
        body = "".join(segment(number, trait_count, tests) for number in range(start, min(start + 50, segments)))
        group = f"groups: {{g{start}: {{order: [{', '.join(f's{n}' for n in range(start, min(start + 10, segments)))}]}}}}\n"
        (folder / "segments" / f"team_{start}.yaml").write_text(f"{group}segments:\n{body}")


# ---------------------------------------------------------------- the stages
def measure(folder: Path, profiled: str | None) -> list[tuple[str, float, str]]:
    """(stage, seconds, what came of it)."""
    found: list[tuple[str, float, str]] = []

    def stage(name: str, work: Callable[[], Any], words: Callable[[Any], str]) -> Any:
        profile = cProfile.Profile() if profiled == name else None
        start = time.perf_counter()
        result = profile.runcall(work) if profile else work()
        found.append((name, time.perf_counter() - start, words(result)))
        if profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
        return result

    project = stage(
        "load", lambda: load_checked(folder, Settings(lake="lake")), lambda each: f"{len(each.segments)} segments, {len(each.traits)} traits"
    )
    stage("lint", lambda: lint(project), lambda each: f"{len(each)} warnings")
    rules = stage("normalize", lambda: normalize_rules(rule_set(project)), lambda each: f"{len(each.segments)} rules")
    print_ = stage("fingerprint", lambda: fingerprint_rules(rules), str)
    in_force = (InForce(None, rules, dict.fromkeys(project.segments, 1), print_),)
    stage(
        "compile",
        lambda: compile_program(in_force, project.vocabulary),
        lambda each: f"{len(each.measures)} measures, {len(each.breakpoints)} breakpoints",
    )
    stage("test", lambda: run_inline_tests(project), lambda each: f"{sum(outcome.is_passed for outcome in each)} of {len(each)} passed")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("--segments", 1000), ("--traits", 200), ("--tests", 2)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--profile", help="a stage to profile: load, lint, normalize, fingerprint, compile or test")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), given.segments, given.traits, given.tests)
        stages = measure(Path(folder), given.profile)
    table = Table("stage", "seconds", "result")
    for name, seconds, words in stages:
        table.add_row(name, f"{seconds:.2f}", words)
    table.add_row("load to compile", f"{sum(seconds for name, seconds, _ in stages if name != 'test'):.2f}", "")
    Console().print(table)


if __name__ == "__main__":
    main()
