"""Pure rules of what an episode is: no I/O, no clock, no randomness, no Dagster."""
