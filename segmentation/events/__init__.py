"""Raw payloads become typed events, or are quarantined with every reason."""
