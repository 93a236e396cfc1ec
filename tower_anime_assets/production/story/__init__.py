"""What writers write: screenplays and show files, read into frozen dataclasses."""
