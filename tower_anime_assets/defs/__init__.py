"""Dagster's side of production: assets, checks, jobs, sensors and metadata. What a stage does belongs in `stages`."""
