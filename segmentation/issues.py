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
        code = f" [{self.code}]" if self.code else ""
        warning = "warning: " if self.severity == "warning" else ""
        place = f"{self.where}: " if str(self.where) else ""
        if self.hint.startswith("\n"):  # an underlined expression, on lines of its own
            return f"{place}{warning}{sentence}{code}{self.hint}"
        return f"{place}{warning}{sentence}{' ' if self.hint else ''}{self.hint}{code}"


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


class Suggestion(str):
    """A hint that names the nearest right name. `is_only`: no other is nearly as near, so that it may be put in the place of the wrong one."""

    __slots__ = ("is_near", "is_only", "right", "wrong")
    wrong: str
    right: str
    is_only: bool
    is_near: bool
    """A slip of one letter or so."""


def suggest(wrong: str, right: Iterable[str]) -> str:
    """`Did you mean 'x'?` for the nearest right name, else an empty string."""
    known = list(right)
    nearest = [each for each in known if each.casefold() == wrong.casefold()] or difflib.get_close_matches(wrong, known, n=2, cutoff=0.6)
    if not nearest:
        return ""
    found = Suggestion(f"Did you mean '{nearest[0]}'?")
    found.wrong, found.right = wrong, nearest[0]
    first, second = (difflib.SequenceMatcher(None, each.casefold(), wrong.casefold()).ratio() for each in (nearest[0], nearest[-1]))
    found.is_near = first >= 0.8
    found.is_only = first >= 0.66 and (len(nearest) == 1 or first - second >= 0.1)
    return found
