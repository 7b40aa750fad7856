"""Expectations, freshness, reconciliation."""
