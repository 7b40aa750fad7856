"""Mistakes one could make in the compiler: each is a text and what to put in its place; the two readings must then differ."""

MUTATIONS: tuple[tuple[str, str, str], ...] = (
    ("selections.py", "occ + {window.within}L", "occ + {window.within + 1}L"),
    ("selections.py", "occ + {window.older_than}L", "occ + {window.older_than + 1}L"),
    ("selections.py", 'else f"{column} <= at"', 'else f"{column} < at"'),
    ("predicates.py", '"above": _binary(">")', '"above": _binary(">=")'),
    ("predicates.py", '"at_most": _binary("<=")', '"at_most": _binary("<")'),
    ("predicates.py", "{instant} > at and {instant} <= at +", "{instant} >= at and {instant} <= at +"),
    ("predicates.py", "{instant} > at - {comparison.operand}L and", "{instant} >= at - {comparison.operand}L and"),
    ("sequences.py", "p < t and t < p + {within}L", "p <= t and t < p + {within}L"),
    ("sequences.py", "t > p and t < p + {within}L", "t > p and t <= p + {within}L"),
    ("sequences.py", "> at - {leaf.within}L", ">= at - {leaf.within}L"),
    ("leaves.py", "s.occ > at - {leaf.within}L", "s.occ >= at - {leaf.within}L"),
    ("leaves.py", "s -> s.occ <= at - {leaf.duration}L", "s -> s.occ < at - {leaf.duration}L"),
    ("leaves.py", "{on} >= {today} and {on} <", "{on} > {today} and {on} <"),
    ("conditions.py", "<= at - {node.duration}L", "< at - {node.duration}L"),
    ("conditions.py", "> at - {node.within}L", ">= at - {node.within}L"),
    ("aggregates.py", '"first": _edge("min_by")', '"first": _edge("max_by")'),
)
"""(module of segmentation/rules/compile, text, mutant)."""
