"""Engines that need no service: they make a real, watchable animatic on any machine."""
