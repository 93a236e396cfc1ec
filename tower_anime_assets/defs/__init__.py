"""The only package that imports Dagster: when work happens, and what its metadata shows."""
