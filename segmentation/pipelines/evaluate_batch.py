"""One batch of the evaluation, from its plan to its row in `batches`, in the order of the commit protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.decision.decide import Decision, decide
from segmentation.issues import EngineError
from segmentation.membership.ledger import believed_since, difference
from segmentation.pipelines.commit import Commits, Plan
from segmentation.pipelines.fact_tables import fact_tables, new_rows, pinned
from segmentation.pipelines.plan_batch import Arrivals, decide_as_of, due_between, has_due, measure_arrivals, next_horizon
from segmentation.pipelines.snapshot_membership import Snapshots
from segmentation.rules.compile import Program, compile_program
from segmentation.rules.in_force import InForce
from segmentation.rules.vocabulary import Vocabulary
from segmentation.settings import Settings
from segmentation.tables import DEFINITIONS, DUE, MEMBERSHIP_CHANGES
from segmentation.timeline.touched import due_customers, everybody, find_touched, new_facts

JOB = "evaluate"
BROADCAST_ROWS = 200_000
EVERYONE_FROM = "everyone_from"
"""Key of a plan's details: everybody is swept from this instant (definitions changed)."""

LoadDefinitions = Callable[[int], Sequence[InForce]]


@dataclass
class Stopwatch:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


class Evaluator:
    """Plans and runs batches one after the other; the only writer of due, ledger, snapshots and its rows in plans and batches.

    load_definitions: version of the `definitions` table -> definitions in force.
    """

    def __init__(self, lake: Lake, vocabulary: Vocabulary, load_definitions: LoadDefinitions, run_id: str) -> None:
        self.lake = lake
        self.settings: Settings = lake.settings
        self.vocabulary = vocabulary
        self.tables = fact_tables(vocabulary)
        self.load_definitions = load_definitions
        self.commits = Commits(lake, JOB, run_id)
        self.snapshots = Snapshots(lake)

    def catch_up(
        self, now: int | None = None, on_batch: Callable[[Plan], None] | None = None, is_told_to_stop: Callable[[], bool] = lambda: False
    ) -> int:
        """Run batches until nothing is left to do, or somebody says stop; returns how many."""
        count = 0
        while not is_told_to_stop() and (plan := self.step(now)) is not None:
            count += 1
            if on_batch:
                on_batch(plan)
        return count

    def step(self, now: int | None = None) -> Plan | None:
        """Finish the batch that was begun, else plan and run the next; None where nothing has happened and nothing is due."""
        watch = Stopwatch()
        self.commits.claim()
        plan = self.commits.unfinished()
        is_replay = plan is not None
        if plan is None:
            with watch("plan"):
                plan = self.plan(now)
        if plan is not None:
            self.run(plan, watch, is_replay=is_replay)
        return plan

    def plan(self, now: int | None = None) -> Plan | None:
        """Append the next plan; None where there is nothing to do."""
        last = self.commits.last()
        before = last.to_versions if last else {}
        horizon = next_horizon(self.lake, self.tables, before, self.settings.commits_per_batch)
        arrivals = measure_arrivals(self.lake, self.tables, before, horizon)
        as_of = decide_as_of(self.settings, last, arrivals, horizon.is_caught_up, now)
        if as_of is None:
            return None
        version = horizon.to_versions[DEFINITIONS.name]
        redefined_from = first_difference(self.load_definitions(before[DEFINITIONS.name]), self.load_definitions(version)) if last else None
        if redefined_from is None and not self._has_work(last, arrivals, as_of, version):
            return None
        details = {"rows_in": arrivals.rows, **({} if redefined_from is None else {EVERYONE_FROM: redefined_from})}
        return self.commits.begin(
            previous_as_of=last.as_of if last else None, as_of=as_of, from_versions=before, to_versions=horizon.to_versions,
            fingerprint="".join(each.fingerprint for each in self.load_definitions(version)[-1:]), details=details,
            kind="batch" if redefined_from is None else "apply",
        )  # fmt: skip

    def sweep_everybody(self, kind: str, since: int, details: dict[str, Any]) -> Plan:
        """A batch over the facts as last evaluated, for everybody from `since` on: a repair, a backfill. Nothing may be unfinished."""
        self.commits.claim()
        last = self.commits.last()
        if last is None:
            raise EngineError("a sweep needs an evaluated lake")
        plan = self.commits.begin(
            previous_as_of=last.as_of, as_of=last.as_of, from_versions=last.to_versions, to_versions=last.to_versions,
            fingerprint=last.fingerprint, kind=kind, details={**details, EVERYONE_FROM: since},
        )  # fmt: skip
        self.run(plan, Stopwatch())
        return plan

    def _has_work(self, last: Plan | None, arrivals: Arrivals, as_of: int, version: int) -> bool:
        if arrivals.rows:
            return True
        if last is None or last.as_of is None or as_of <= last.as_of:
            return False
        return has_due(self.lake, last.as_of, as_of) or self._boundary_in(last.as_of, as_of, version) is not None

    def _boundary_in(self, previous: int, as_of: int, version: int) -> int | None:
        """The first instant in (previous, as_of] at which a definition made known earlier begins."""
        begins = (each.effective_from for each in self.load_definitions(version))
        return min((instant for instant in begins if instant is not None and previous < instant <= as_of), default=None)

    def run(self, plan: Plan, watch: Stopwatch, *, is_replay: bool = False) -> None:
        """Everything after the plan: due and ledger, snapshot, and last the row in `batches`. Safe to repeat."""
        if plan.as_of is None:
            self.commits.finish(plan)
            return
        with watch("touched"):
            touched, figures = self._touched(plan)
        program = self.program(plan, figures["earliest"])
        frames = pinned(self.lake, plan.to_versions, self.tables)
        small = touched if figures["touched"] > BROADCAST_ROWS else F.broadcast(touched)
        decision = decide(frames, small, program, self.vocabulary, self.history_since())
        with watch("write"):
            written = self._write(plan, decision, touched, figures["earliest"], is_replay=is_replay)
        with watch("snapshot"):
            self.snapshots.take_if_due(plan)
        decision.customers.unpersist()
        touched.unpersist()
        counted = {key: figures[key] for key in ("touched", "due", "late")}
        seconds = {stage: round(value, 3) for stage, value in watch.seconds.items()}
        self.commits.finish(plan, rows_in=plan.details.get("rows_in"), seconds=seconds, **counted, **written)

    def history_since(self) -> int | None:
        since = self.settings.history_since
        return None if since is None else int(since.timestamp() * 1_000_000)

    def _touched(self, plan: Plan) -> tuple[DataFrame, dict[str, Any]]:
        previous, as_of = plan.previous_as_of, plan.as_of or 0
        arrived = new_facts(new_rows(self.lake, plan.from_versions, plan.to_versions, self.tables))
        parts = [] if arrived is None else [arrived.withColumn("is_due", F.lit(0))]
        if previous is not None and as_of > previous:
            due = due_customers(due_between(self.lake, previous, as_of, plan.batch_id))
            parts.append(due.selectExpr("*", "false as is_ahead", "1 as is_due"))
        everyone_from = plan.details.get(EVERYONE_FROM)
        if everyone_from is None and previous is not None:
            everyone_from = self._boundary_in(previous, as_of, plan.to_versions["definitions"])
        if everyone_from is not None:
            everyone = everybody(pinned(self.lake, plan.to_versions, self.tables), everyone_from)
            parts.append(everyone.selectExpr("*", "false as is_ahead", "0 as is_due"))
        touched = find_touched(parts, previous, as_of).persist()
        late = "false" if previous is None else f"from_us <= {previous}L"
        row = touched.agg(F.count("*").alias("touched"), F.min("from_us").alias("earliest"), F.expr(f"count_if({late})").alias("late")).first()
        figures = row.asDict() if row else {}
        return touched, {**figures, "due": None, "earliest": figures.get("earliest") if figures.get("earliest") is not None else as_of}

    def program(self, plan: Plan, earliest: int) -> Program:
        """Compiled for the definitions in force anywhere in the sweep: one set, unless definitions change inside it."""
        every = tuple(self.load_definitions(plan.to_versions["definitions"]))
        program = compile_program(_in_sweep(every, earliest, plan.as_of or earliest), self.vocabulary)
        if program.lookback:
            program = compile_program(_in_sweep(every, earliest - program.lookback - 2, plan.as_of or earliest), self.vocabulary)
        return program

    def _write(self, plan: Plan, decision: Decision, touched: DataFrame, earliest: int, *, is_replay: bool) -> dict[str, Any]:
        """Due and ledger side by side; in a replay one after the other, as each append must say whether the crash came before or after it."""
        with ThreadPoolExecutor(1) as beside:
            points = beside.submit(self._write_due, plan, decision, is_replay=is_replay)
            if is_replay:
                wait([points])
            written = self._write_ledger(plan, decision, touched, earliest, is_replay=is_replay)
        return {"points": points.result(), **written}

    def _write_due(self, plan: Plan, decision: Decision, *, is_replay: bool) -> int:
        points, seen = F.sum(F.size("points")).alias("points"), Observation()
        observed = Decision(decision.customers.observe(seen, points), decision.transitions)
        is_new = self.lake.append(DUE.name, observed.due.selectExpr("*", f"{plan.batch_id}L as batch_id"), JOB, plan.batch_id, files=1)
        return int(_figures(seen, is_new or not is_replay, lambda: decision.customers.agg(points)).get("points") or 0)

    def _write_ledger(self, plan: Plan, decision: Decision, touched: DataFrame, earliest: int, *, is_replay: bool) -> dict[str, Any]:
        belief = None
        if plan.previous_as_of is not None and earliest <= plan.previous_as_of:
            ledger = self.lake.read(MEMBERSHIP_CHANGES.name).where(F.col("batch_id") < plan.batch_id)
            belief = believed_since(ledger, touched, earliest)
        rows = difference(decision.transitions, belief).selectExpr(
            "*", f"{plan.batch_id}L as batch_id", f"timestamp_micros({plan.recorded_at}L) as recorded_at"
        )
        if plan.kind == "repair":
            rows = rows.withColumn("cause", F.expr("if(assertion > 0, 'repair', cause)"))
        is_timely = f"cause = 'time' and assertion > 0 and effective_at > timestamp_micros({plan.previous_as_of or plan.as_of}L)"
        lag = f"if({is_timely}, ({plan.recorded_at}L - unix_micros(effective_at)) / 1e6, null)"
        counts = (
            F.expr("count_if(assertion > 0)").alias("asserted"),
            F.expr("count_if(assertion < 0)").alias("retracted"),
            *(F.expr(f"percentile_approx({lag}, {p / 100})").alias(f"time_lag_p{p}_seconds") for p in (50, 95)),
            F.expr(f"max({lag})").alias("time_lag_max_seconds"),
        )
        name, seen = MEMBERSHIP_CHANGES.name, Observation()
        is_new = self.lake.append(name, rows.observe(seen, *counts).select(*self.lake.schema(name).names), JOB, plan.batch_id, files=1)
        figures = _figures(seen, is_new or not is_replay, lambda: self.lake.read(name).where(F.col("batch_id") == plan.batch_id).agg(*counts))
        return {**figures, "transitions": figures.get("asserted")}


def _figures(seen: Observation, is_new: bool, again: Callable[[], DataFrame]) -> dict[str, Any]:
    """What was seen while rows were written; of rows written before a crash the same `again`: a skipped write shows nothing, ever."""
    if is_new:
        return dict(seen.get)
    row = again().first()
    return row.asDict() if row else {}


SINCE_EVER = 0
"""Where definitions without an instant begin, as an instant: no fact lies before 1970."""


def first_difference(before: Sequence[InForce], after: Sequence[InForce]) -> int | None:
    """The earliest instant that other definitions decide now; None where nothing has changed."""
    known, now = ({(each.effective_from, each.fingerprint) for each in side} for side in (before, after))
    changed = [SINCE_EVER if effective_from is None else effective_from for effective_from, _ in known ^ now]
    return min(changed, default=None)


def _in_sweep(every: tuple[InForce, ...], start: int, end: int) -> tuple[InForce, ...]:
    """The definitions that decide any instant of [start - 1, end] (the baseline lies just before the start)."""
    begun = [index for index, each in enumerate(every) if each.effective_from is None or each.effective_from < start]
    first = begun[-1] if begun else 0
    return tuple(each for each in every[first:] if each.effective_from is None or each.effective_from <= end or each is every[first])
