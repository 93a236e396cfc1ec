"""From scenes to shots: coverage, blocking, camera, timing, continuity, prompts and the cut."""
