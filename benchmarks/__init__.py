"""What is promised in speed and memory, measured side by side in one run."""
