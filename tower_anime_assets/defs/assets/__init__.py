"""The assets of each stage, each followed by its gates."""
