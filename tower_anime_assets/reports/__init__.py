"""Quality, learning and workflow reports: tables, charts and statistics."""
