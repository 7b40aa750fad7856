"""The SQL form of a condition."""
