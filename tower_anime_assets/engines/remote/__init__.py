"""Engines whose work is done by a service on the network."""
