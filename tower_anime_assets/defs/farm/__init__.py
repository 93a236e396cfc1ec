"""Runs on other machines: how they get there, who notices that one is lost, and what of Dagster is otherwise then."""
