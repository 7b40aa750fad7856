"""What an environment decides: where the lake is, whose clock rules, how often snapshots are made. One YAML under conf/environments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from segmentation.issues import Issue, UserError, Where, suggest

UNITS = {"microsecond": 1, "second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6, "day": 86400 * 10**6, "week": 7 * 86400 * 10**6}
_DURATION = re.compile(r"\s*(\d+)\s*([a-z]+?)s?\s*")


def parse_duration(text: object) -> int:
    """`30 days` as microseconds; raises ValueError with what was expected. Months and years have no fixed length."""
    match = _DURATION.fullmatch(str(text))
    if match is None or match[2] not in UNITS:
        raise ValueError(f"'{text}' is not a duration: expected a whole number and seconds, minutes, hours, days or weeks, such as '30 days'")
    return int(match[1]) * UNITS[match[2]]


_URI = re.compile(r"[a-zA-Z][\w+.-]*:/")
Duration = Annotated[int, BeforeValidator(parse_duration)]


def _option(value: Any) -> Any:
    """Spark's options are text: `4` means "4", `true` means "true"."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


Option = Annotated[str, BeforeValidator(_option)]


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
    max_payload_bytes: int = Field(default=1_000_000, ge=1)
    max_files_per_trigger: int | None = Field(default=None, ge=1)
    commits_per_batch: int | None = Field(default=None, ge=1, description="at most so many commits of each fact table in one evaluated batch")
    spark: dict[str, Option] = Field(default_factory=dict, description="options of the Spark session")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        """Names that Python and Java both know."""
        known = [name for name in available_timezones() if "/" in name or name in ("UTC", "GMT")]
        if zone not in known:
            city = [name for name in known if name.rpartition("/")[2].casefold() == zone.casefold()]
            hint = f"Did you mean '{min(city)}'?" if city else suggest(zone, known)
            raise ValueError(f"unknown time zone '{zone}'. {hint}".strip())
        return zone

    @field_validator("lake", "data")
    @classmethod
    def _from_where_the_job_starts(cls, place: str) -> str:
        """Folders become absolute (Delta takes a relative path for a name of the catalog); URIs stay as they are."""
        return place if _URI.match(place) else str(Path(place).absolute())

    @property
    def is_on_this_machine(self) -> bool:
        return not _URI.match(self.lake)

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
        text = file.read_text(encoding="utf-8-sig")
        given, root = yaml.safe_load(text) or {}, yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise UserError.because(f"there is no settings file {file}", "Give one with --environment, such as conf/environments/local.yaml.") from None
    except UnicodeDecodeError:
        raise UserError.because("this is not UTF-8 text", "Save the file as UTF-8.", str(file)) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(_not_yaml(file, error)) from None
    if not isinstance(given, dict):
        raise UserError(Issue(Where(str(file), 1, 1), "expected a mapping of settings", "Such as lake: .lake."))
    places = dict(_places(root, ())) if root is not None else {}
    issues = list(_twice(file, root)) if root is not None else []
    try:
        settings = Settings(**{**given, **{key: value for key, value in overrides.items() if value is not None}})
    except (ValidationError, TypeError) as error:
        faults = error.errors() if isinstance(error, ValidationError) else []
        issues += [_issue(file, fault, places) for fault in faults] or [Issue(Where(str(file), 1, 1), "a setting has a name, and that is text")]
    if issues:
        raise UserError(*issues)
    return settings


# ---------------------------------------------------------------- mistakes
def _not_yaml(file: Path, error: Exception) -> Issue:
    mark = getattr(error, "problem_mark", None)
    where = Where(str(file), mark.line + 1, mark.column + 1) if mark else Where(str(file), 1, 1)
    return Issue(where, f"this is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}", code="SEG013")


Place = tuple[tuple[str, ...], tuple[Any, Any]]


def _places(node: Any, path: tuple[str, ...]) -> Iterator[Place]:
    """Path of keys -> the marks of the last key and of its value."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        inner = (*path, str(key.value))
        yield inner, (key.start_mark, value.start_mark)
        yield from _places(value, inner)


def _twice(file: Path, root: Any) -> Iterator[Issue]:
    seen: set[str] = set()
    for key, _ in root.value if isinstance(root, yaml.MappingNode) else ():
        if str(key.value) in seen:
            yield Issue(Where(str(file), key.start_mark.line + 1, key.start_mark.column + 1), f"the key '{key.value}' is given twice", code="SEG012")
        seen.add(str(key.value))


def _issue(file: Path, fault: Any, places: dict[tuple[str, ...], tuple[Any, Any]]) -> Issue:
    path = tuple(map(str, fault["loc"]))
    is_unknown = fault["type"] == "extra_forbidden"
    marks = places.get(path)
    mark = marks[0 if is_unknown else 1] if marks else None
    where = Where(str(file), mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, ".".join(path))
    if is_unknown:
        return Issue(where, f"unknown key '{path[-1]}'", suggest(path[-1], Settings.model_fields) or f"Known: {', '.join(Settings.model_fields)}.")
    if fault["type"] == "missing":
        return Issue(replace(where, path=""), f"'{path[-1]}' is missing", f"It says {Settings.model_fields[path[-1]].description}.")
    expected = next((words for kind, words in EXPECTED.items() if fault["type"].startswith(kind)), "")
    if not expected:
        return Issue(where, str(fault["msg"]).removeprefix("Value error, "))
    return Issue(where, f"expected {expected.format(**fault.get('ctx', {}))}, found '{fault['input']}'")


EXPECTED = {
    "literal_error": "{expected}",
    "string": "text",
    "int": "a whole number",
    "greater_than_equal": "{ge} or more",
    "timezone": "an instant such as 2026-03-01T00:00:00Z",
    "datetime": "an instant such as 2026-03-01T00:00:00Z",
    "dict": "a mapping",
}
"""Beginnings of pydantic's kinds of faults, in our words."""
