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

-- name: lock_tables
-- Keeps everybody from writing to any table of the record until the transaction ends. Returns no row.
DO $$
DECLARE
    name regclass;
BEGIN
    FOR name IN
        SELECT pg_class.oid FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
    LOOP
        EXECUTE 'LOCK TABLE ' || name || ' IN SHARE ROW EXCLUSIVE MODE';
    END LOOP;
END
$$;

-- name: check_constraints
-- Has the constraints checked now that are deferred to the transaction's end, since they keep tables from being altered.
-- Returns no row.
SET CONSTRAINTS ALL IMMEDIATE;

-- name: list_tables
-- Every table of the record by name; no row for an empty schema.
-- What is formed anew from the others is left out, and so are sessions, which end by themselves.
SELECT relname AS table_name
FROM pg_class
WHERE
    relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND relname NOT IN (
        'schema_migrations', 'workflow_profiles_daily', 'workflow_profiles_state', 'sign_in_sessions'
    )
ORDER BY relname;

-- name: count_rows
-- One row: how many rows a table has.
SELECT count(*) AS row_count FROM {table};

-- name: list_columns
-- Every column of the record's tables that holds something of its own; no row for an empty schema.
SELECT pg_class.relname AS table_name, pg_attribute.attname AS column_name
FROM pg_class INNER JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid
WHERE
    pg_class.relnamespace = current_schema()::regnamespace AND pg_class.relkind IN ('r', 'p')
    AND NOT pg_class.relispartition
    AND pg_class.relname NOT IN (
        'schema_migrations', 'workflow_profiles_daily', 'workflow_profiles_state', 'sign_in_sessions'
    )
    AND pg_attribute.attnum > 0 AND NOT pg_attribute.attisdropped AND pg_attribute.attgenerated = ''
ORDER BY 1, 2;

-- name: count_values
-- One row: in how many rows of a table this column says something.
SELECT count({column}) AS row_count FROM {table};
