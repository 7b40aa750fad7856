"""The embedded shop: a made-up customer base with every habit the segments of conf/ ask about; deterministic, nothing downloaded."""
