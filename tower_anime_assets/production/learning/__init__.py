"""What attempts on record teach: statistics, retries, routing and people's feedback."""
