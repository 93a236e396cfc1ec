-- How far each run is, so that other processes can watch it. It is written over, and no part of the audit trail.
CREATE TABLE run_progress (
    run_id      text PRIMARY KEY CHECK (run_id <> ''),
    progress    jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
