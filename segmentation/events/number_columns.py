"""Text columns in arithmetic: `Quantity > 0` over a CSV means the number, exactly, and not a double as Spark would take it."""

from __future__ import annotations

from collections.abc import Set

NUMBER = "decimal(18,6)"
"""Products of two have 37 digits and 12 places: they fit Spark's 38."""


def with_numbers(expression: str, text_columns: Set[str]) -> str:
    """The expression with each text column that meets a number or an operator of arithmetic read as a decimal; null where it is none.

    Column names of text type are compared without regard to case, as Spark does. An expression that sqlglot cannot parse stays as it is.
    """
    import sqlglot
    from sqlglot import exp

    arithmetic = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)
    comparisons = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Between, exp.In)
    names = {column.lower() for column in text_columns}
    try:
        tree = sqlglot.parse_one(expression, read="spark")
    except sqlglot.errors.SqlglotError:
        return expression

    def is_number(node: exp.Expression | None) -> bool:
        if isinstance(node, exp.Paren):
            return is_number(node.this)
        return isinstance(node, arithmetic) or (isinstance(node, exp.Literal) and not node.is_string)

    def is_counted(column: exp.Column) -> bool:
        parent = column.parent
        while isinstance(parent, exp.Paren):
            parent = parent.parent
        if isinstance(parent, arithmetic):
            return True
        return isinstance(parent, comparisons) and any(is_number(child) for child in parent.iter_expressions())

    counted = [column for column in tree.find_all(exp.Column) if not column.table and column.name.lower() in names and is_counted(column)]
    # The text is spliced, not written anew from the tree: sqlglot would turn the user's try_cast into a cast.
    for start, end in sorted(((column.this.meta["start"], column.this.meta["end"] + 1) for column in counted), reverse=True):
        expression = f"{expression[:start]}try_cast({expression[start:end]} as {NUMBER}){expression[end:]}"
    return expression
