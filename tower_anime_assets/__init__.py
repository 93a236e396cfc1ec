"""Turns screenplays into finished anime episodes; see README.md for the map of folders."""
