-- name: save_progress
-- Saves how far a run is, in place of what it said before. Returns no row.
INSERT INTO run_progress (run_id, progress)
VALUES (%(run_id)s, %(progress)s)
ON CONFLICT (run_id) DO UPDATE SET progress = excluded.progress, updated_at = clock_timestamp();

-- name: list_progress
-- How far each of these runs is; no row of a run that has not said anything.
SELECT run_id, progress, updated_at FROM run_progress WHERE run_id = ANY(%(run_ids)s);
