"""The two partitions: episodes, which runs are made of, and shots, which mirror what became of them."""

import dagster as dg

episodes = dg.DynamicPartitionsDefinition(name="episodes")
shots = dg.DynamicPartitionsDefinition(name="shots")
