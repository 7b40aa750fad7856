"""Rules become SQL text once per set of definitions: facts get bits, points get measures, segments get one boolean column each.

No Spark here: the texts are plain strings that the stages hand to `selectExpr`, so that no batch pays for building expressions.
Instants are bigint microseconds in every text; the instant asked about is the column `at`.
"""

from segmentation.rules.compile.program import Program, compile_program

__all__ = ["Program", "compile_program"]
