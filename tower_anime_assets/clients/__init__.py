"""One wire protocol each; knows nothing of shots. The only folder that speaks HTTP to a service."""
