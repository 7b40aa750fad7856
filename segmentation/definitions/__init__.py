"""What users wrote under conf/, as frozen documents: loaded with places, linted, fingerprinted, compared."""
