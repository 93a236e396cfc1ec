"""Turns screenplays into finished anime episodes; see CONTRIBUTING.md for the map of folders."""
