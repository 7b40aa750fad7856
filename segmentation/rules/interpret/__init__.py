"""The interpreter: rules asked in plain Python about one customer, the oracle of tests, of `why` and of inline tests.

`Customer(id, facts, in_force, vocabulary).at(instant)` is a point; `evaluate(condition, point)` answers it. `sweep` says what the ledger
must say. The meaning of a node is the function entered for its class.
"""

from segmentation.rules.interpret import aggregates, attribute_history, conditions, references, scalar, sequences, values
from segmentation.rules.interpret.customer import Customer, Point, distinct_facts, hash_content
from segmentation.rules.interpret.evaluation import CONDITIONS, VALUES, evaluate, value_of
from segmentation.rules.interpret.statuses import Status, holds, status, statuses
from segmentation.rules.interpret.sweep import Transition, breakpoints, sweep, sweep_customer

__all__ = [
    "CONDITIONS",
    "VALUES",
    "Customer",
    "Point",
    "Status",
    "Transition",
    "breakpoints",
    "distinct_facts",
    "evaluate",
    "hash_content",
    "holds",
    "status",
    "statuses",
    "sweep",
    "sweep_customer",
    "value_of",
]

MEANINGS = (aggregates, attribute_history, conditions, references, scalar, sequences, values)
"""The modules that enter the meaning of nodes."""
