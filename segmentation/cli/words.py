"""Explanations and histories as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from segmentation.cli.options import out, show_instant
from segmentation.definitions.documents import Project
from segmentation.rules.explain import Explanation, Node
from segmentation.rules.model import Compare
from segmentation.rules.normalize import normalize
from segmentation.rules.values import Comparison, Value

TRUTH = {True: "[green]true[/green]", False: "[red]false[/red]", None: "[yellow]unknown[/yellow]"}
CAUSES = {
    "event": "by an event", "table": "by a row of a table", "attribute": "by an attribute", "list": "by a list", "score": "by a score",
    "time": "by the passing of time", "definition": "because the definition changed", "start": "as history began", "repair": "by a repair",
}  # fmt: skip


def print_tree(node: Node) -> None:
    out.print(_tree(node))


def _tree(node: Node, above: Tree | None = None) -> Tree:
    value = f" [dim]= {escape(node.value)}[/dim]" if node.value else ""
    label = f"{TRUTH[node.truth]}  {escape(node.words)}{value}"
    tree = above.add(label) if above else Tree(label)
    for fact in node.facts:
        tree.add(
            f"[dim]{'' if fact.is_counted else 'not counted: '}{escape(fact.kind)} {escape(fact.fact_id)} at {show_instant(fact.occurred_at)}[/dim]"
        )
    hidden = node.count - sum(fact.is_counted for fact in node.facts)
    if node.facts and hidden > 0:
        tree.add(f"[dim]and {hidden} more[/dim]")
    for child in node.children:
        _tree(child, tree)
    return tree


def print_explanation(found: Explanation) -> None:
    """The status in a sentence, the rule as a tree, the group, and what will happen by itself."""
    status = f"{found.status.status}" + (f" by {found.status.outranked_by}" if found.status.outranked_by else "")
    who = f"[bold]{escape(found.customer_id)}[/bold] in [bold]{found.segment}[/bold] at {show_instant(found.at)} UTC"
    out.print(f"{who}: [bold]{status}[/bold] ({found.definition})")
    if not found.exists:
        out.print("At that instant nothing was known of this customer: every status is none before the first fact.")
    if found.rule is not None:
        print_tree(found.rule)
    if found.standing is not None:
        order = ", ".join(f"{slug} {TRUTH[truth]}" for slug, truth in found.standing.members)
        out.print(f"group {found.standing.group}: {order}; winner: [bold]{found.standing.winner or 'nobody'}[/bold]")
    if found.next is None:
        out.print("Without new facts this will not change.")
    else:
        out.print(f"Without new facts it becomes [bold]{found.next.status.status}[/bold] at {show_instant(found.next.at)} UTC.")


def as_document(found: Explanation) -> dict[str, Any]:
    """The explanation for programs, statuses by the names of their parts."""
    change = found.next and {"at": found.next.at, "status": found.next.status._asdict()}
    return {**asdict(found), "status": found.status._asdict(), "next": change}


def history_lines(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence a transition: effective_us, segment, status, outranked_by, cause, definition."""
    verbs = {"active": "entered", "none": "left", "outranked": "qualifies for"}
    return [
        f"{show_instant(row['effective_us'])}  {verbs[row['status']]} {row['segment']}"
        + (f", outranked by {row['outranked_by']}" if row["outranked_by"] else "")
        + f" {CAUSES.get(row['cause'], row['cause'])} ({row['definition']})"
        for row in rows
    ]


def trait_names(project: Project) -> dict[Value, str]:
    """What users call each value, as written and as normalized rules have it."""
    names: dict[Value, str] = {}
    for trait in project.traits.values():
        lowered = normalize(Compare(trait.value, Comparison("exists", operand=True)))
        names[trait.value] = trait.name
        if isinstance(lowered, Compare):
            names[lowered.value] = trait.name
    return names
