"""What the web process serves: one guard, the media pages, and the place of Dagster's web UI."""
