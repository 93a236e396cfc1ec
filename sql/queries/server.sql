-- name: find_database
-- One row when the server has the database `tower`, else none.
SELECT 1 AS present FROM pg_database WHERE datname = 'tower';

-- name: create_database
-- Makes our database.
CREATE DATABASE tower ENCODING 'UTF8' TEMPLATE template0;

-- name: find_dagster_schema
-- One row when the schema that Dagster's own tables live in exists, else none.
SELECT 1 AS present FROM pg_namespace WHERE nspname = 'dagster';

-- name: create_dagster_schema
-- Makes the schema for Dagster's own tables, so that `public` holds nothing but ours.
CREATE SCHEMA IF NOT EXISTS dagster;

-- name: count_clients
-- One row: how many clients are connected to the server, apart from this connection and those of the named process.
SELECT count(*) AS clients
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> %(own_name)s;

-- name: read_version
-- One row: the server's version, as a number and in words.
SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS words;
