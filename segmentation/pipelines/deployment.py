"""An installation opened for work: settings, project, session and lake, with every table in place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from segmentation.adapters.lake import Lake, create_lake_tables
from segmentation.adapters.session import create_session, sibling
from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.pipelines.capture_tables import TableCapture
from segmentation.pipelines.definitions_table import DefinitionsTable
from segmentation.pipelines.evaluate_batch import Evaluator
from segmentation.pipelines.events_table import events_ddl
from segmentation.settings import Settings, load_settings


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
        versions = {
            name: ", ".join(f"`{column}`: {kind.spark}" for column, kind in declared.columns.items())
            for name, declared in self.project.tables.items()
        }
        create_lake_tables(self.lake, events_ddl(self.project.events), versions)

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
