"""Rules as written -> the nodes of rules.model, with every mistake noted at its place."""
