-- name: create_ledger
-- Creates the table of applied migrations unless it exists. Returns no row.
CREATE TABLE IF NOT EXISTS schema_migrations (
    version      text PRIMARY KEY,
    up_sha256    text NOT NULL,
    down_sha256  text NOT NULL,
    applied_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- name: find_ledger
-- One row: whether the table of applied migrations exists.
SELECT to_regclass('schema_migrations') IS NOT NULL AS present;

-- name: list_applied
-- Every applied migration in order; no row if none has been applied.
SELECT version, up_sha256, down_sha256, applied_at FROM schema_migrations ORDER BY version;

-- name: record_applied
-- Adds a migration to the table of applied ones. Returns no row.
INSERT INTO schema_migrations (version, up_sha256, down_sha256)
VALUES (%(version)s, %(up_sha256)s, %(down_sha256)s);

-- name: delete_applied
-- Removes a migration from the table of applied ones. Returns no row.
DELETE FROM schema_migrations WHERE version = %(version)s;
