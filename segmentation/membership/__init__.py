"""From true and false to statuses, transitions, the ledger and its snapshots."""
