"""Values that rules share, computed once for each point."""
