"""A batch is a plan first: one row in `plans` before anything else, one row in `batches` after everything else."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from segmentation.adapters.claims import ONE_FOR_EACH_JOB, claim
from segmentation.adapters.lake import Lake
from segmentation.issues import EngineError, UserError
from segmentation.tables import BATCHES, PLANS

Micros = int


@dataclass(frozen=True)
class Plan:
    """One row of `plans`: what a batch reads, up to which instant it decides, and who planned it. Instants in microseconds."""

    job: str
    batch_id: int
    run_id: str
    kind: str
    previous_as_of: Micros | None
    as_of: Micros | None
    recorded_at: Micros
    from_versions: Mapping[str, int]
    to_versions: Mapping[str, int]
    fingerprint: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Commits:
    """The batches of one job, planned and finished one after the other; one process at a time.

    The last plan is read once and then kept: between batches this costs two small appends and no read.
    """

    def __init__(self, lake: Lake, job: str, run_id: str) -> None:
        self._lake = lake
        self.job = job
        self.run_id = run_id
        self._last: Plan | None = None
        self._is_finished = True
        self._is_read = False

    def claim(self) -> None:
        """To be called before a batch is finished or begun: raises UserError while another process runs this job on this lake."""
        claim(self._lake.settings, self.job)

    def last(self) -> Plan | None:
        """The newest plan of the job, finished or not."""
        self._read_once()
        return self._last

    def unfinished(self) -> Plan | None:
        """The plan without a row in `batches`: to be finished as planned before anything else is begun."""
        self._read_once()
        return None if self._is_finished else self._last

    def begin(
        self,
        *,
        previous_as_of: Micros | None = None,
        as_of: Micros | None = None,
        from_versions: Mapping[str, int] | None = None,
        to_versions: Mapping[str, int] | None = None,
        fingerprint: str = "",
        kind: str = "batch",
        details: Mapping[str, Any] | None = None,
    ) -> Plan:
        """Append the next plan: batch_id and recorded_at later than every earlier plan's of the job.

        Raises UserError where another process planned this batch, EngineError where the last plan is unfinished.
        """
        if self.unfinished() is not None:
            raise EngineError(f"batch {self._last and self._last.batch_id} of {self.job} is unfinished: finish it before another one is begun")
        last = self._last
        plan = Plan(
            job=self.job,
            batch_id=last.batch_id + 1 if last else 1,
            run_id=self.run_id,
            kind=kind,
            previous_as_of=previous_as_of,
            as_of=as_of,
            recorded_at=_now_after(last),
            from_versions=dict(from_versions or {}),
            to_versions=dict(to_versions or {}),
            fingerprint=fingerprint,
            details=dict(details or {}),
        )
        try:
            is_written = self._lake.append_rows(PLANS.name, [_plan_row(plan, self._lake.settings.deployment)], self.job, plan.batch_id)
        except UserError:
            self._is_read = False
            raise
        if not is_written:
            self._refuse(plan)
        self._last, self._is_finished = plan, False
        return plan

    def finish(self, plan: Plan, **figures: Any) -> None:
        """Append the row of `batches`: from now on the batch is done. `figures` are columns of that table."""
        unknown = figures.keys() - set(self._lake.schema(BATCHES.name).names)
        if unknown:
            raise EngineError(f"batches has no columns {sorted(unknown)}")
        row = {"job": plan.job, "batch_id": plan.batch_id, "run_id": self.run_id, "as_of": plan.as_of, "recorded_at": _now(), **figures}
        self._lake.append_rows(BATCHES.name, [row], plan.job, plan.batch_id)
        self._is_finished = True

    def _read_once(self) -> None:
        if self._is_read:
            return
        plans = self._lake.read(PLANS.name).where(F.col("job") == self.job)
        row = _with_micros(plans).orderBy(F.desc("batch_id")).limit(1).collect()
        self._last = self._own(row[0]) if row else None
        self._is_finished = self._last is None or self._has_batch(self._last.batch_id)
        self._is_read = True

    def _own(self, row: Row) -> Plan:
        """Transaction ids hold the deployment's name: under another one a batch could be written a second time."""
        plan, deployment = _plan(row)
        if deployment not in (None, self._lake.settings.deployment):
            raise UserError.because(
                f"this lake belongs to the deployment '{deployment}', and the settings say '{self._lake.settings.deployment}'",
                f"Set deployment: {deployment} in the settings, or choose another lake.",
                where=str(self._lake.address(PLANS.name)),
            )
        return plan

    def _has_batch(self, batch_id: int) -> bool:
        batches = self._lake.read(BATCHES.name).where((F.col("job") == self.job) & (F.col("batch_id") == batch_id))
        return not batches.limit(1).isEmpty()

    def _refuse(self, plan: Plan) -> NoReturn:
        self._is_read = False
        other = self.last()
        raise UserError.because(
            f"another process (run {other.run_id if other else 'unknown'}) planned batch {plan.batch_id} of {self.job} before this one did",
            ONE_FOR_EACH_JOB,
            where=str(self._lake.address(PLANS.name)),
        )


def _now() -> Micros:
    return time.time_ns() // 1000


def _now_after(last: Plan | None) -> Micros:
    """Now, but later than every earlier plan, even where the machine's clock was moved back."""
    return max(_now(), last.recorded_at + 1) if last else _now()


DEPLOYMENT = "deployment"
"""Key in the stored details."""


def _plan_row(plan: Plan, deployment: str) -> dict[str, Any]:
    return {**vars(plan), "details": json.dumps({**plan.details, DEPLOYMENT: deployment}, sort_keys=True, default=str)}


def _with_micros(plans: DataFrame) -> DataFrame:
    """Instants as microseconds: Python's datetimes would be in the zone of the process."""
    instants = ("previous_as_of", "as_of", "recorded_at")
    return plans.withColumns({name: F.unix_micros(name) for name in instants})


def _plan(row: Row) -> tuple[Plan, str | None]:
    """The plan of a row, and the deployment that planned it where the row says so."""
    values = row.asDict()
    details = json.loads(values["details"] or "{}")
    deployment = details.pop(DEPLOYMENT, None)
    versions = {name: values[name] or {} for name in ("from_versions", "to_versions")}
    return Plan(**{**values, **versions, "details": details}), deployment
