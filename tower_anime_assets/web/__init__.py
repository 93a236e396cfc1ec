"""Read-only media pages, which the Dagster web UI links to."""
