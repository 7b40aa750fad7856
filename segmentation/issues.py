"""What is wrong with something a user wrote or gave: data first, words late; printing is the caller's affair."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, order=True)
class Where:
    """A place in a file (line and column count from 1) and the path of keys that leads there."""

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}  {self.path}".strip() if self.path else place


@dataclass(frozen=True, order=True)
class Issue:
    """One mistake: where it stands, what is wrong, and what to do about it."""

    where: Where
    problem: str
    hint: str = ""
    code: str = ""
    severity: Literal["error", "warning"] = field(default="error")

    def __str__(self) -> str:
        sentence = f"{self.problem.rstrip('.')}." if not self.problem.endswith(("?", "!")) else self.problem
        code = f" [{self.code}]" if self.code and self.severity == "warning" else ""
        warning = "warning: " if self.severity == "warning" else ""
        place = f"{self.where}: " if str(self.where) else ""
        return f"{place}{warning}{sentence}{self._separated_hint}{code}"

    @property
    def _separated_hint(self) -> str:
        """A hint that begins a line of its own (an underlined expression) needs no space."""
        return self.hint if self.hint.startswith("\n") or not self.hint else f" {self.hint}"


class UserError(Exception):
    """Something the user can mend: shown as its issues, never as a stack trace."""

    def __init__(self, *issues: Issue) -> None:
        self.issues: tuple[Issue, ...] = tuple(sorted(issues))
        super().__init__("\n".join(str(issue) for issue in self.issues))

    @classmethod
    def because(cls, problem: str, hint: str = "", where: str = "") -> UserError:
        """One sentence about the surroundings (no Java, table missing, lake not writable) and the next step."""
        return cls(Issue(Where(file=where), problem, hint))


class EngineError(Exception):
    """A fault of ours: keeps its trace."""


def suggest(wrong: str, right: Iterable[str]) -> str:
    """`Did you mean 'x'?` for the nearest right name, else an empty string."""
    nearest = difflib.get_close_matches(wrong, list(right), n=1, cutoff=0.6)
    return f"Did you mean '{nearest[0]}'?" if nearest else ""
