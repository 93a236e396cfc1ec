-- name: register_holder
-- One row. Registers a process under a new id, with its servers, and with what it had under the id before.
SELECT register_fleet_holder(
    %(holder)s::uuid, %(replaced)s::uuid, %(host)s, %(pid)s, %(servers)s::text[]
);

-- name: forget_holder
-- Ends a process that uses servers no longer and has none; no row.
DELETE FROM fleet_holders
WHERE id = %(holder)s AND NOT EXISTS (SELECT FROM fleet_requests WHERE holder = fleet_holders.id);

-- name: restore_lease
-- One row. Notes a lease that the database has lost; one that is there stays as it is.
SELECT restore_fleet_lease(
    %(id)s::uuid, %(holder)s::uuid, %(run_id)s, %(episode)s, %(priority)s::smallint, %(medium)s, %(only_server)s, %(server)s
);

-- name: ask
-- One row: the server that a request is leased, '' while it waits, NULL if its process is not registered.
SELECT ask_fleet(
    %(id)s::uuid, %(holder)s::uuid, %(run_id)s, %(episode)s, %(priority)s::smallint, %(medium)s, %(only_server)s,
    %(excluded)s::text[], %(waited_s)s::float8
) AS server;

-- name: exclude
-- One row: the server of a request that will not have some servers, '' while it waits, NULL if it is gone.
SELECT exclude_fleet_servers(%(id)s::uuid, %(excluded)s::text[]) AS server;

-- name: release
-- One row: whether there was such a request or lease. Ends it, and gives its server to the next.
SELECT release_fleet_request(%(id)s::uuid, %(was_used)s::boolean) AS was_there;

-- name: beat
-- One row: whether a process is registered. Notes that it lives.
SELECT beat_fleet(%(holder)s::uuid) AS is_registered;

-- name: wake
-- One row. Wakes the listener of a process.
SELECT pg_notify(%(channel)s, '');

-- name: sweep
-- One row: how many processes were found gone, whose requests and leases end with that.
SELECT sweep_fleet(NULL) AS gone;

-- name: list_leases_of
-- The leases of a process; no row if it has none.
SELECT id, server FROM fleet_requests WHERE holder = %(holder)s AND server <> '';

-- name: find_waits
-- One row: servers that other processes have, and how many jobs of others are before the oldest one of this that waits;
-- no more than a number are counted.
SELECT
    ARRAY(
        SELECT DISTINCT server FROM fleet_requests WHERE server <> '' AND holder <> %(holder)s
    ) AS taken,
    (
        SELECT count(*) FROM (
            SELECT others.id FROM fleet_requests AS others
            INNER JOIN (
                SELECT priority, asked_at FROM fleet_requests
                WHERE holder = %(holder)s AND server = '' ORDER BY priority, asked_at LIMIT 1
            ) AS oldest ON others.priority < oldest.priority
            OR (others.priority = oldest.priority AND others.asked_at < oldest.asked_at)
            WHERE others.server = '' AND others.holder <> %(holder)s
            LIMIT %(most)s
        ) AS counted
    ) AS ahead;

-- name: list_rules
-- The servers that may not make everything now, or more than one job at once, each with who last changed that.
SELECT rules.server, rules.state, rules.max_jobs, rules.media, changes.who, changes.why, changes."timestamp" AS changed_at
FROM fleet_servers AS rules
LEFT JOIN LATERAL (
    SELECT who, why, "timestamp" FROM fleet_changes
    WHERE fleet_changes.server = rules.server ORDER BY "timestamp" DESC, id LIMIT 1
) AS changes ON true
WHERE rules.state <> 'active' OR cardinality(rules.media) < 2;

-- name: list_servers
-- Every server that a process uses, that was used or that has a rule of its own, by address; no row before the first.
SELECT
    rules.server, rules.state, rules.max_jobs, rules.media,
    changes.who, changes.why, changes."timestamp" AS changed_at, usage.used_at,
    (SELECT count(*) FROM fleet_holders WHERE rules.server = ANY (fleet_holders.servers)) AS processes
FROM fleet_servers AS rules
LEFT JOIN fleet_usage AS usage ON usage.server = rules.server
LEFT JOIN LATERAL (
    SELECT who, why, "timestamp" FROM fleet_changes
    WHERE fleet_changes.server = rules.server ORDER BY "timestamp" DESC, id LIMIT 1
) AS changes ON true
ORDER BY rules.server;

-- name: list_requests
-- Every lease, then every request that waits, oldest first.
SELECT
    requests.id::text AS id, requests.run_id, requests.episode, requests.priority, requests.medium, requests.server,
    requests.only_server, requests.asked_at, requests.leased_at, holders.host, holders.pid
FROM fleet_requests AS requests INNER JOIN fleet_holders AS holders ON holders.id = requests.holder
ORDER BY requests.server = '', coalesce(requests.leased_at, requests.asked_at), requests.id
LIMIT %(limit)s;

-- name: open
-- One row. Has leases be possible at once, if this is the first use of the fleet.
SELECT open_fleet();

-- name: add_server
-- Has a server be known; no row. One that is known stays as it is.
INSERT INTO fleet_servers (server) VALUES (%(server)s) ON CONFLICT DO NOTHING;

-- name: find_server
-- A server's rule, locked until the end of the transaction; no row if it is not known.
SELECT server, state, max_jobs, media FROM fleet_servers WHERE server = %(server)s FOR UPDATE;

-- name: change_server
-- Sets what a server may do; no row.
UPDATE fleet_servers SET state = %(state)s, max_jobs = %(max_jobs)s, media = %(media)s::text[]
WHERE server = %(server)s;

-- name: record_change
-- Records who changed what a server may do; no row. Repeated, it changes nothing.
INSERT INTO fleet_changes (id, server, state, max_jobs, media, who, why)
VALUES (%(id)s, %(server)s, %(state)s, %(max_jobs)s, %(media)s::text[], %(who)s, %(why)s)
ON CONFLICT (id) DO NOTHING;

-- name: fill_server
-- One row: how many jobs were given the free places of a server.
SELECT fill_fleet_server(%(server)s) AS filled FROM lock_fleet();

-- name: count_waiting
-- How many jobs wait, by priority; no row if none does.
SELECT priority, count(*) AS jobs FROM fleet_requests WHERE server = '' GROUP BY priority ORDER BY priority;

-- name: sum_leases
-- One row: how long the leases of the last so many seconds were waited for, and how long each server was busy on average.
WITH past AS (
    SELECT waited_s, greatest(leased_at, clock_timestamp() - %(window_s)s * interval '1 second') AS began_at, ended_at
    FROM fleet_past_leases
    WHERE ended_at > clock_timestamp() - %(window_s)s * interval '1 second'
),
held AS (
    SELECT greatest(leased_at, clock_timestamp() - %(window_s)s * interval '1 second') AS began_at
    FROM fleet_requests WHERE server <> ''
)
SELECT
    (SELECT count(*) FROM past) AS jobs,
    (SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY waited_s), 0) FROM past) AS wait_p50_s,
    (SELECT coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY waited_s), 0) FROM past) AS wait_p99_s,
    (SELECT coalesce(sum(extract(epoch FROM ended_at - began_at)), 0)::float8 FROM past)
    + (SELECT coalesce(sum(extract(epoch FROM clock_timestamp() - began_at)), 0)::float8 FROM held) AS busy_s;
