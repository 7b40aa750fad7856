"""What an environment decides: where the lake is, whose clock rules, how often snapshots are made. One YAML under conf/environments."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from segmentation.issues import Issue, UserError, Where

UNITS = {"microsecond": 1, "second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6, "day": 86400 * 10**6, "week": 7 * 86400 * 10**6}
_DURATION = re.compile(r"\s*(\d+)\s*([a-z]+?)s?\s*")


def parse_duration(text: object) -> int:
    """`30 days` as microseconds; raises ValueError with what was expected. Months and years have no fixed length."""
    match = _DURATION.fullmatch(str(text))
    if match is None or match[2] not in UNITS:
        raise ValueError(f"'{text}' is not a duration: expected a whole number and seconds, minutes, hours, days or weeks, such as '30 days'")
    return int(match[1]) * UNITS[match[2]]


Duration = Annotated[int, BeforeValidator(parse_duration)]


class Settings(BaseModel):
    """One environment. Durations are microseconds inside, words such as `10 seconds` in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lake: str = Field(description="folder or URI under which all tables lie")
    data: str = Field(default=".", description="what {data} stands for in sources")
    deployment: str = Field(default="main", description="names this installation in transaction ids and checkpoints")
    time_zone: str = "UTC"
    clock: Literal["events", "wall"] = "wall"
    settle: Duration = 10 * UNITS["second"]
    tick: Duration = 10 * UNITS["second"]
    max_ahead: Duration = UNITS["day"]
    late_after: Duration = UNITS["hour"]
    history_since: AwareDatetime | None = None
    snapshot_every: Duration = UNITS["hour"]
    keep: Duration | None = None
    max_payload_bytes: int = 1_000_000
    max_files_per_trigger: int | None = None
    commits_per_batch: int | None = Field(default=None, description="at most so many commits of each fact table in one evaluated batch")
    spark: dict[str, str] = Field(default_factory=dict, description="options of the Spark session")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"unknown time zone '{zone}'") from None
        return zone

    def path(self, table: str) -> str:
        """Where a lake table lies."""
        return f"{self.lake.rstrip('/')}/{table}"

    def checkpoint(self, query: str) -> str:
        return f"{self.lake.rstrip('/')}/_checkpoints/{self.deployment}/{query}"

    def expand(self, path: str) -> str:
        """A path of the configuration with {lake} and {data} filled in."""
        return path.replace("{lake}", self.lake.rstrip("/")).replace("{data}", self.data.rstrip("/"))


def load_settings(file: Path, **overrides: Any) -> Settings:
    """The settings of a YAML file; keys given as overrides (not None) win. Raises UserError with every problem at once."""
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise UserError.because(f"there is no settings file {file}", "Give one with --environment, such as conf/environments/local.yaml.") from None
    except yaml.YAMLError as error:
        raise UserError.because(f"this is not YAML: {error}".replace("\n", " "), where=str(file)) from None
    if not isinstance(given, dict):
        raise UserError.because("expected a mapping of settings", where=str(file))
    try:
        return Settings(**{**given, **{key: value for key, value in overrides.items() if value is not None}})
    except ValidationError as error:
        raise UserError(*(_issue(file, problem) for problem in error.errors())) from None


def _issue(file: Path, problem: Any) -> Issue:
    return Issue(Where(str(file), path=".".join(map(str, problem["loc"]))), problem["msg"].removeprefix("Value error, "))
