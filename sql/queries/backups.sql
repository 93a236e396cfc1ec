-- name: begin_snapshot
-- Has the transaction see the database as it is now, whatever is written meanwhile. Returns no row.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: prepare_copying
-- One row. Lifts the time limits for the rest of the transaction, and sets how values are written as text.
SELECT
    set_config('statement_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true),
    set_config('datestyle', 'ISO, YMD', true),
    set_config('intervalstyle', 'postgres', true),
    set_config('bytea_output', 'hex', true);

-- name: list_tables
-- Every table of the record and of Dagster by name, with its columns and the tables that its rows refer to.
-- Sessions are left out: whoever has a token signs in again. So are unlogged tables, which hold what processes do now,
-- and controller and workers, who say anew who they are.
SELECT
    pg_namespace.nspname AS schema_name,
    pg_class.relname AS table_name,
    CASE pg_namespace.nspname WHEN 'dagster' THEN 'dagster' ELSE 'record' END AS part,
    (
        SELECT array_agg(columns.attname::text ORDER BY columns.attnum)
        FROM pg_attribute AS columns
        WHERE
            columns.attrelid = pg_class.oid AND columns.attnum > 0 AND NOT columns.attisdropped
            AND columns.attgenerated = ''
    ) AS columns,
    ARRAY(
        SELECT DISTINCT parents.relname::text
        FROM pg_constraint INNER JOIN pg_class AS parents ON parents.oid = pg_constraint.confrelid
        WHERE
            pg_constraint.conrelid = pg_class.oid AND pg_constraint.contype = 'f'
            AND pg_constraint.confrelid <> pg_class.oid
    ) AS parents
FROM pg_class INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
WHERE
    pg_namespace.nspname IN (current_schema(), 'dagster') AND pg_class.relkind IN ('r', 'p')
    AND NOT pg_class.relispartition AND pg_class.relpersistence = 'p'
    AND pg_class.relname NOT IN ('schema_migrations', 'sign_in_sessions', 'farm_controller', 'farm_workers')
ORDER BY 1, 2;

-- name: list_media
-- Every file of the media store that the record needs, each once; no row if there are no takes.
SELECT file.value ->> 'path' AS path, file.value ->> 'sha256' AS sha256
FROM takes CROSS JOIN jsonb_each(takes.files) AS file
UNION
SELECT upload.value ->> 'path', upload.value ->> 'sha256'
FROM workflow_history CROSS JOIN jsonb_array_elements(coalesce(workflow_history.uploads, '[]'::jsonb)) AS upload
ORDER BY 1;

-- name: count_rows
-- One row: how many rows a table has.
SELECT count(*) AS row_count FROM {schema}.{table};

-- name: copy_out
-- Sends the rows of a table as text.
COPY (SELECT {columns} FROM {schema}.{table}) TO STDOUT;

-- name: copy_in
-- Takes the rows of a table as text.
COPY {schema}.{table} ({columns}) FROM STDIN;

-- name: delete_rows
-- Empties a table for what is to be copied into it. Returns no row.
DELETE FROM {schema}.{table};

-- name: disable_triggers
-- Lets rows that were recorded be put back as they were recorded. Returns no row.
ALTER TABLE {schema}.{table} DISABLE TRIGGER USER;

-- name: enable_triggers
-- Guards a table again. Returns no row.
ALTER TABLE {schema}.{table} ENABLE TRIGGER USER;

-- name: advance_sequences
-- Has every column that numbers its rows go on after the highest number there is. Returns no row.
DO $$
DECLARE
    numbered record;
BEGIN
    FOR numbered IN
        SELECT
            pg_class.oid::regclass::text AS table_name,
            quote_ident(pg_attribute.attname) AS column_name,
            pg_get_serial_sequence(pg_class.oid::regclass::text, pg_attribute.attname) AS sequence_name
        FROM pg_class
        INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
        INNER JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid
        WHERE
            pg_namespace.nspname IN (current_schema(), 'dagster') AND pg_class.relkind IN ('r', 'p')
            AND NOT pg_class.relispartition
            AND pg_attribute.attnum > 0 AND NOT pg_attribute.attisdropped
            AND (pg_attribute.attidentity <> '' OR pg_attribute.atthasdef)
            AND pg_get_serial_sequence(pg_class.oid::regclass::text, pg_attribute.attname) IS NOT NULL
    LOOP
        EXECUTE 'SELECT setval(' || quote_literal(numbered.sequence_name) || ', coalesce(max('
            || numbered.column_name || '), 0) + 1, false) FROM ' || numbered.table_name;
    END LOOP;
END
$$;
