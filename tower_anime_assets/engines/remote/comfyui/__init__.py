"""Engines whose takes are made by ComfyUI servers: which server, what it is sent, and what is made of its answer."""
