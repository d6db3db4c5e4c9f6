"""Standing offers: what their sellers sign, what stands, and their withdrawal."""
