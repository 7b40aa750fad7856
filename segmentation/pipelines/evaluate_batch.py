"""One batch of the evaluation, from its plan to its row in `batches`, in the order of the commit protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.decision.decide import Decision, decide, together
from segmentation.issues import EngineError
from segmentation.membership.ledger import believed_since
from segmentation.pipelines.commit import Commits, Plan
from segmentation.pipelines.fact_tables import fact_tables, new_rows, pinned
from segmentation.pipelines.plan_batch import Arrivals, decide_as_of, due_between, has_due, measure_arrivals, next_horizon
from segmentation.pipelines.snapshot_membership import Snapshots
from segmentation.pipelines.write_decision import DecisionWriter
from segmentation.rules.affected import Redefined, redefinition
from segmentation.rules.compile import Program, compile_program
from segmentation.rules.in_force import InForce
from segmentation.rules.vocabulary import Vocabulary
from segmentation.settings import Settings
from segmentation.tables import DEFINITIONS, MEMBERSHIP_CHANGES
from segmentation.timeline.touched import due_customers, everybody, find_touched, moved_at, new_facts

JOB = "evaluate"
BROADCAST_ROWS = 200_000
EVERYONE_FROM = "everyone_from"
"""Key of a plan's details: everybody is asked about every segment from this instant on (a repair, a backfill)."""

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
        self.writer = DecisionWriter(lake, JOB)
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
        redefined = self._redefined(before, horizon.to_versions, last.as_of if last else None, as_of)
        if redefined is None and not self._has_work(last, arrivals, as_of):
            return None
        details = {"rows_in": arrivals.rows, **({"segments": sorted(redefined.changed)} if redefined else {})}
        definitions = self.load_definitions(horizon.to_versions[DEFINITIONS.name])
        return self.commits.begin(
            previous_as_of=last.as_of if last else None, as_of=as_of, from_versions=before, to_versions=horizon.to_versions,
            fingerprint="".join(each.fingerprint for each in definitions[-1:]), details=details, kind="apply" if redefined else "batch",
        )  # fmt: skip

    def _redefined(self, before: Mapping[str, int], after: Mapping[str, int], previous: int | None, as_of: int) -> Redefined | None:
        """How the definitions that decide up to as_of differ from those that did: others are known, or the time of some has come."""
        if previous is None:
            return None
        known, now = (self.load_definitions(versions[DEFINITIONS.name]) for versions in (before, after))
        begun = [each.effective_from for each in now if each.effective_from is not None and previous < each.effective_from <= as_of]
        redefined = redefinition(known, now, begun)
        return redefined if redefined and redefined.since <= as_of else None

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

    def _has_work(self, last: Plan | None, arrivals: Arrivals, as_of: int) -> bool:
        if arrivals.rows:
            return True
        return last is not None and last.as_of is not None and as_of > last.as_of and has_due(self.lake, last.as_of, as_of)

    def run(self, plan: Plan, watch: Stopwatch, *, is_replay: bool = False) -> None:
        """Everything after the plan: due and ledger, snapshot, and last the row in `batches`. Safe to repeat."""
        if plan.as_of is None:
            self.commits.finish(plan)
            return
        redefined = self._redefined(plan.from_versions, plan.to_versions, plan.previous_as_of, plan.as_of)
        frames = pinned(self.lake, plan.to_versions, self.tables)
        with watch("touched"):
            touched, figures = self._touched(plan, frames, redefined)
        small = touched if figures["touched"] > BROADCAST_ROWS else F.broadcast(touched)
        decision = self._decide(plan, frames, small, figures["earliest"], redefined)
        with watch("write"):
            belief = self._belief(plan, touched, figures["earliest"], redefined)
            written = self.writer.write(plan, decision, belief, is_replay=is_replay)
        with watch("snapshot"):
            self.snapshots.take_if_due(plan)
        decision.release()
        touched.unpersist()
        counted = {key: figures[key] for key in ("touched", "due", "late")}
        seconds = {stage: round(value, 3) for stage, value in watch.seconds.items()}
        self.commits.finish(plan, rows_in=plan.details.get("rows_in"), seconds=seconds, **counted, **written)

    def history_since(self) -> int | None:
        since = self.settings.history_since
        return None if since is None else int(since.timestamp() * 1_000_000)

    def _touched(self, plan: Plan, frames: Mapping[str, DataFrame], redefined: Redefined | None) -> tuple[DataFrame, dict[str, Any]]:
        """Who is asked, and figures of them: touched, due, late, and `earliest`, the first instant that anybody is asked about."""
        previous, as_of = plan.previous_as_of, plan.as_of or 0
        arrived = new_facts(new_rows(self.lake, plan.from_versions, plan.to_versions, self.tables))
        parts = [] if arrived is None else [arrived]
        if previous is not None and as_of > previous:
            parts.append(due_customers(due_between(self.lake, previous, as_of, plan.batch_id)))
        if redefined:
            parts += [everybody(frames, redefined.since, is_whole=False), moved_at(self._ledger_before(plan), redefined.instants)]
        if EVERYONE_FROM in plan.details:
            parts.append(everybody(frames, plan.details[EVERYONE_FROM]))
        touched = find_touched(parts, previous, as_of).persist()
        late = "false" if previous is None else f"from_us <= {previous}L"
        asked = {"touched": "count(*)", "earliest": "min(from_us)", "late": f"count_if({late})", "due": "count_if(is_due)"}
        row = touched.agg(*(F.expr(sql).alias(name) for name, sql in asked.items())).first()
        figures = row.asDict() if row else {}
        return touched, {**figures, "earliest": as_of if figures.get("earliest") is None else figures["earliest"]}

    def _decide(self, plan: Plan, frames: Mapping[str, DataFrame], touched: DataFrame, earliest: int, redefined: Redefined | None) -> Decision:
        """All segments of those whom facts or time touched; of all others those alone that definitions changed."""
        since = self.history_since()
        whole = touched if redefined is None else touched.where("is_whole")
        decision = decide(frames, whole, self.program(plan, earliest), self.vocabulary, since)
        if redefined is None:
            return decision
        others = touched.where("not is_whole")
        return together(decision, decide(frames, others, self.program(plan, earliest, redefined), self.vocabulary, since))

    def _belief(self, plan: Plan, touched: DataFrame, earliest: int, redefined: Redefined | None) -> DataFrame | None:
        """What earlier batches said of that which this one decides anew; None where they said nothing."""
        if plan.previous_as_of is None or earliest > plan.previous_as_of:
            return None
        return believed_since(self._ledger_before(plan), touched, earliest, redefined.asked if redefined else None)

    def _ledger_before(self, plan: Plan) -> DataFrame:
        """Rows of earlier batches: a replay must not take for belief what the batch itself wrote before a crash."""
        return self.lake.read_pinned(MEMBERSHIP_CHANGES.name).where(F.col("batch_id") < plan.batch_id)

    def program(self, plan: Plan, earliest: int, redefined: Redefined | None = None) -> Program:
        """Compiled for the definitions in force anywhere in the sweep: one set, unless definitions change inside it."""
        every = tuple(self.load_definitions(plan.to_versions[DEFINITIONS.name]))
        every = redefined.restricted(every) if redefined else every
        program = compile_program(_in_sweep(every, earliest, plan.as_of or earliest), self.vocabulary)
        if program.lookback:
            program = compile_program(_in_sweep(every, earliest - program.lookback - 2, plan.as_of or earliest), self.vocabulary)
        return program


def _in_sweep(every: tuple[InForce, ...], start: int, end: int) -> tuple[InForce, ...]:
    """The definitions that decide any instant of [start - 1, end] (the baseline lies just before the start)."""
    begun = [index for index, each in enumerate(every) if each.effective_from is None or each.effective_from < start]
    first = begun[-1] if begun else 0
    return tuple(each for each in every[first:] if each.effective_from is None or each.effective_from <= end or each is every[first])
