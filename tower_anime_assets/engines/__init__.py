"""Whatever makes a take, behind one protocol per kind, and the one path that calls them."""
