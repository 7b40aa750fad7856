"""Dynamic customer segmentation on Spark Structured Streaming and Delta Lake: exact in time, bitemporal, explainable."""
