"""An installation opened for work: settings, project, session and lake, with every table in place."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from segmentation.adapters.lake import Lake
from segmentation.adapters.session import create_session, sibling
from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.pipelines.capture_tables import TableCapture
from segmentation.pipelines.definitions_table import DefinitionsTable
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.events_table import prepare_events_tables
from segmentation.settings import Settings, load_settings
from segmentation.tables import EVENTS, LAKE_TABLES, VERSIONS, versions_of

CREATORS = 4
"""A commit is mostly waiting."""


@dataclass
class Deployment:
    """What every job and command starts from."""

    settings: Settings
    project: Project
    spark: SparkSession
    lake: Lake
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def open(cls, conf: Path, environment: Path, app_name: str = "segmentation", **overrides: Any) -> Deployment:
        """Settings and documents are checked before the session starts. Raises UserError with everything that is wrong."""
        settings = load_settings(environment, **overrides)
        project = load_project(conf, settings)
        spark = create_session(settings, app_name)
        deployment = cls(settings, project, spark, Lake(spark, settings))
        deployment.create_tables()
        return deployment

    def create_tables(self) -> None:
        """Create every lake table that is missing, with the columns of the tracking plan and the declared tables."""
        prepare_events_tables(self.lake, self.project.events)
        with ThreadPoolExecutor(CREATORS) as side_by_side:
            created = [side_by_side.submit(self.lake.create, table) for table in LAKE_TABLES if table.name not in (VERSIONS.name, EVENTS.name)]
            for name, declared in self.project.tables.items():
                columns = ", ".join(f"`{column}`: {kind.spark}" for column, kind in declared.columns.items())
                created.append(side_by_side.submit(self.lake.create, VERSIONS, columns, name=versions_of(name)))
        for each in created:
            each.result()

    def definitions(self) -> DefinitionsTable:
        return DefinitionsTable(self.lake, self.project)

    def evaluator(self) -> Evaluator:
        """The evaluation over the definitions that were applied.

        It has a session of its own: ingestion may run in another thread, and Delta tells the outcome of a write by session.
        """
        lake = Lake(sibling(self.spark, self.settings), self.settings)
        return Evaluator(lake, self.project.vocabulary, DefinitionsTable(lake, self.project).in_force, self.run_id)

    def captures(self) -> TableCapture:
        """The capture of the declared tables and lists, in a session of its own: events may be ingested meanwhile."""
        return TableCapture(self._lake_of_captures, self.project, self.run_id)

    @cached_property
    def _lake_of_captures(self) -> Lake:
        """One session for all captures: a job that stays makes one every tick."""
        return Lake(sibling(self.spark, self.settings), self.settings)
