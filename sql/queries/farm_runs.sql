-- name: save_run
-- Notes a run that is put into a queue. Returns no row.
INSERT INTO farm_runs (run_id, queue) VALUES (%(run_id)s, %(queue)s) ON CONFLICT (run_id) DO NOTHING;

-- name: claim_run
-- One row if the run waited for a worker and is this one's now; none if another has it, or it was taken back.
UPDATE farm_runs SET worker_id = %(worker_id)s, claimed_at = clock_timestamp()
WHERE run_id = %(run_id)s AND worker_id IS NULL
RETURNING run_id;

-- name: withdraw_run
-- One row if the run waited for a worker and will be taken by none; none if a worker has it.
UPDATE farm_runs SET worker_id = '', claimed_at = clock_timestamp()
WHERE run_id = %(run_id)s AND worker_id IS NULL
RETURNING run_id;

-- name: list_runs
-- These runs, as far as they were handed to workers.
SELECT run_id, queue, sent_at, sends, worker_id, claimed_at, lost_since
FROM farm_runs WHERE run_id = ANY(%(run_ids)s);

-- name: list_overdue
-- Runs that no worker has taken although they were last sent this many seconds ago, doubled for each time up to five.
SELECT run_id, queue, sent_at, sends, worker_id, claimed_at, lost_since
FROM farm_runs
WHERE
    worker_id IS NULL
    AND sent_at < clock_timestamp() - %(after_s)s * 2 ^ (least(sends, 5) - 1) * interval '1 second'
ORDER BY sent_at;

-- name: note_sent
-- Notes that a run was sent again. Returns no row.
UPDATE farm_runs SET sent_at = clock_timestamp(), sends = sends + 1 WHERE run_id = %(run_id)s;

-- name: note_lost
-- One row: for how many seconds the run's lock has been seen to be free, 0 at the first time.
UPDATE farm_runs SET lost_since = coalesce(lost_since, clock_timestamp())
WHERE run_id = %(run_id)s
RETURNING extract(EPOCH FROM clock_timestamp() - lost_since)::float8 AS lost_s;

-- name: note_found
-- Notes that the run's lock is held after all. Returns no row.
UPDATE farm_runs SET lost_since = NULL WHERE run_id = %(run_id)s AND lost_since IS NOT NULL;

-- name: ask_delivery
-- Asks the controller to deliver a master. Returns no row.
INSERT INTO farm_deliveries (episode, take_id, is_best, quality)
VALUES (%(episode)s, %(take_id)s, %(is_best)s, %(quality)s);

-- name: list_due_deliveries
-- What is to be delivered, in the order in which it was asked for.
SELECT id, episode, take_id, is_best, quality FROM farm_deliveries WHERE delivered_at IS NULL ORDER BY id;

-- name: note_delivered
-- Notes that a master was delivered. Returns no row.
UPDATE farm_deliveries SET delivered_at = clock_timestamp() WHERE id = %(id)s;
