"""The product's source as the architecture tests read it: files, their syntax trees, and what they name."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_empty(self) -> bool:
        """Nothing but a docstring: the marker of a package."""
        return all(isinstance(node, ast.Expr) for node in self.tree.body)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module

    def names(self) -> Iterator[str]:
        """Every name, attribute and imported name: comments, docstrings and other strings are not looked at."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.ImportFrom):
                yield from (name.name for name in node.names)

    def code_strings(self) -> Iterator[str]:
        """String literals that are not docstrings: SQL text among them."""
        documentation = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                yield node.value


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def modules(*folders: str) -> list[Module]:
    return [
        Module(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))
    ]


def product() -> list[Module]:
    return modules("segmentation", "jobs")


def repository_files() -> list[str]:
    """Every file that is, or is about to be, part of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
