-- name: set_session_options
-- One row. Sets the options that results depend on, and limits how long a statement or an idle transaction may last.
-- A machine that is lost without a word frees its locks half a minute later: the server asks after it.
SELECT
    set_config('tcp_keepalives_idle', '15', false),
    set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false),
    set_config('tcp_user_timeout', '30000', false),
    set_config('statement_timeout', %(statement_timeout)s, false),
    set_config('idle_in_transaction_session_timeout', '60s', false),
    set_config('timezone', 'UTC', false),
    set_config('extra_float_digits', '1', false),
    set_config('jit', 'off', false);

-- name: try_lock
-- One row: whether the session now holds the lock with this name.
SELECT pg_try_advisory_lock(hashtextextended(%(name)s::text, 0)) AS held;

-- name: wait_for_lock
-- One row, once the session holds the lock with this name.
SELECT pg_advisory_lock(hashtextextended(%(name)s::text, 0));

-- name: unlock
-- One row. Gives the lock with this name back.
SELECT pg_advisory_unlock(hashtextextended(%(name)s::text, 0));

-- name: read_backend_pid
-- One row: the process of the server that answers. Behind a pooler, transactions of one session may have several.
SELECT pg_backend_pid() AS pid;

-- name: listen
-- Has the session be told what is sent to a channel. Returns no row.
LISTEN {channel};

-- name: list_held_locks
-- Which of these locks a session holds; it is looked at, not taken.
SELECT wanted.name
FROM unnest(%(names)s::text[]) AS wanted (name)
WHERE EXISTS (
    SELECT
    FROM pg_locks
    WHERE
        locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(wanted.name, 0)
);
