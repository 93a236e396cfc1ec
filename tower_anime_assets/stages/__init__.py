"""The work of each stage in plain Python: what an asset has done when it is materialized."""
