"""Read-only media pages that the Dagster web UI links to."""
