-- name: find_database
-- One row if the server has the database `tower`, else none.
SELECT 1 AS present FROM pg_database WHERE datname = 'tower';

-- name: create_database
-- Creates the database `tower`. Returns no row.
CREATE DATABASE tower ENCODING 'UTF8' TEMPLATE template0;

-- name: find_dagster_schema
-- One row if the schema of Dagster's own tables exists, else none.
SELECT 1 AS present FROM pg_namespace WHERE nspname = 'dagster';

-- name: create_dagster_schema
-- Creates the schema of Dagster's own tables, which keeps them out of `public`. Returns no row.
CREATE SCHEMA IF NOT EXISTS dagster;

-- name: count_clients
-- One row: the number of clients connected to the server besides this connection and those named `own_name`.
SELECT count(*) AS clients
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> %(own_name)s;

-- name: read_version
-- One row: the server's version as a number and as text.
SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS text;
