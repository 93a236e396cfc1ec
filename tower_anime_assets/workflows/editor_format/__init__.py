"""Workflows as ComfyUI's editor saves them, read out of the files that people have and converted to the API format."""
