"""The `definitions` table: jobs read what is in force from it, `apply` writes the tree into it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence

from pyspark.sql import functions as F

from segmentation.adapters.lake import Lake
from segmentation.definitions.documents import Project
from segmentation.definitions.in_force import in_force
from segmentation.definitions.stored import DefinitionRow
from segmentation.definitions.versions import Changes, plan_changes
from segmentation.pipelines.commit import Plan
from segmentation.rules.in_force import InForce
from segmentation.tables import DEFINITIONS


class DefinitionsTable:
    """Reads are cached by version of the table: a stream parses documents when they change and not every batch."""

    def __init__(self, lake: Lake, project: Project) -> None:
        self.lake = lake
        self.project = project
        self._cached: dict[int, tuple[InForce, ...]] = {}

    def rows(self, version: int | None = None) -> list[DefinitionRow]:
        """Every version of every document, oldest first; as many rows as people wrote."""
        table = self.lake.read(DEFINITIONS.name, version).withColumn("effective_from", F.unix_micros("effective_from"))
        ordered = table.orderBy("batch_id", "kind", "name", "version").select(*DefinitionRow._fields)
        return [DefinitionRow(*row) for row in ordered.collect()]

    def in_force(self, version: int) -> Sequence[InForce]:
        """The states of the definitions as of a version of the table, in order of their beginnings."""
        if version not in self._cached:
            self._cached[version] = in_force(self.rows(version), self.project.vocabulary)
        return self._cached[version]

    def pending(self, effective_from: int | None = None) -> Changes:
        """What applying the tree would change."""
        return plan_changes(self.rows(), self.project, effective_from)


def apply_definitions(
    definitions: DefinitionsTable, last: Plan | None, effective_from: int | None = None, reason: str = "", applied_by: str | None = None
) -> Changes:
    """Write the tree's documents into the table where they differ; the next batch sees it and sweeps everybody concerned.

    The first documents on an empty table hold since ever; later ones from the present as_of (of `last`, the newest plan), unless an
    instant is given. One append: there is nothing to be left half-written.
    """
    since = effective_from if effective_from is not None else (last.as_of if last else None)
    changes = definitions.pending(since)
    if changes.rows:
        batch_id = last.batch_id + 1 if last else 0
        stamp = {"applied_at": time.time_ns() // 1000, "applied_by": applied_by or getpass.getuser(), "reason": reason, "batch_id": batch_id}
        version = definitions.lake.latest_version(DEFINITIONS.name) + 1
        definitions.lake.append_rows(DEFINITIONS.name, [{**row._asdict(), **stamp} for row in changes.rows], "apply", version)
    return changes
