"""Pure measurements: arrays in, numbers out. `thresholds` has the bars and their reasons."""
