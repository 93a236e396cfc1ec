"""The assets of each stage."""
