"""Engines whose takes are rendered by ComfyUI servers."""
