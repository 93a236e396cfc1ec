-- name: create_ledger
-- Makes the table of applied migrations unless it is there.
CREATE TABLE IF NOT EXISTS schema_migrations (
    version      text PRIMARY KEY,
    up_sha256    text NOT NULL,
    down_sha256  text NOT NULL,
    applied_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- name: find_ledger
-- One row: whether the table of applied migrations is there.
SELECT to_regclass('schema_migrations') IS NOT NULL AS present;

-- name: list_applied
-- Every applied migration in order; no row on an empty database.
SELECT version, up_sha256, down_sha256, applied_at FROM schema_migrations ORDER BY version;

-- name: note_applied
-- Puts an applied migration on record.
INSERT INTO schema_migrations (version, up_sha256, down_sha256)
VALUES (%(version)s, %(up_sha256)s, %(down_sha256)s);

-- name: note_rolled_back
-- Takes a migration off the record.
DELETE FROM schema_migrations WHERE version = %(version)s;
