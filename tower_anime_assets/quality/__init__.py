"""Pure measurements: arrays in, numbers out; `thresholds` holds the bar and the reason for it."""
