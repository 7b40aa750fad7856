"""The decision: facts, points and definitions in, transitions and due times out. No reads, no writes."""
