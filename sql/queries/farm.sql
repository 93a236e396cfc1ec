-- name: save_controller
-- Notes who controls the runs of this database, in place of who did before. Returns no row.
INSERT INTO farm_controller (host, pid, home, version, farm, settings)
VALUES (%(host)s, %(pid)s, %(home)s, %(version)s, %(farm)s, %(settings)s)
ON CONFLICT (is_only) DO UPDATE SET
    host = excluded.host, pid = excluded.pid, home = excluded.home, version = excluded.version,
    farm = excluded.farm, settings = excluded.settings, started_at = clock_timestamp();

-- name: find_controller
-- Who controls the runs of this database, or last did; no row before the first `tower up`.
SELECT host, pid, home, version, farm, settings, started_at FROM farm_controller;

-- name: save_worker
-- Notes a worker that begins. Returns no row.
INSERT INTO farm_workers (id, host, pid, queues, slots, version)
VALUES (%(id)s, %(host)s, %(pid)s, %(queues)s, %(slots)s, %(version)s);

-- name: see_worker
-- One row: notes that a worker was seen, and returns it.
UPDATE farm_workers SET seen_at = clock_timestamp()
WHERE id = %(id)s
RETURNING id, host, pid, queues, slots, version, started_at, seen_at, stopping_at, why;

-- name: stop_worker
-- Notes that a worker takes no more runs, and why, unless that is noted already. Returns no row.
UPDATE farm_workers SET stopping_at = clock_timestamp(), why = %(why)s
WHERE id = %(id)s AND stopping_at IS NULL;

-- name: list_workers
-- The workers whose process is alive by their lock, oldest first; no row if there are none.
SELECT
    farm_workers.id, farm_workers.host, farm_workers.pid, farm_workers.queues, farm_workers.slots,
    farm_workers.version, farm_workers.started_at, farm_workers.seen_at, farm_workers.stopping_at, farm_workers.why
FROM farm_workers
INNER JOIN pg_locks ON
    pg_locks.locktype = 'advisory' AND pg_locks.granted AND pg_locks.objsubid = 1
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((pg_locks.classid::bigint << 32) | pg_locks.objid::bigint)
    = hashtextextended('worker:' || farm_workers.id, 0)
ORDER BY farm_workers.started_at, farm_workers.id;

-- name: find_worker
-- The worker with this id, alive or not; no row if there never was one.
SELECT id, host, pid, queues, slots, version, started_at, seen_at, stopping_at, why
FROM farm_workers WHERE id = %(id)s;

-- name: delete_workers
-- Forgets workers that have not been seen for a month. Returns no row.
DELETE FROM farm_workers WHERE seen_at < clock_timestamp() - interval '30 days';
