"""What the web process serves: one guard, the panel and its API, media, and the place of Dagster's web UI."""
