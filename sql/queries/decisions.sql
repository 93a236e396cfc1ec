-- name: record_decision
-- Inserts a pending decision. No row when its idempotency key is on record already, else one row with the new id.
INSERT INTO generation_decisions (
    project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives, engine,
    engine_version, brief_digest, attempt, replaces, run_id, created_by, session_id, idempotency_key, prompt_id, server,
    template_sha256, jobs, expected_gpu_s, gpu_second_price, job_price, currency
)
VALUES (
    %(project_id)s, %(episode_id)s, %(scene_id)s, %(shot_id)s, %(line_id)s, %(decision_type)s, %(parameters)s,
    %(reasoning)s, %(alternatives)s, %(engine)s, %(engine_version)s, %(brief_digest)s, %(attempt)s, %(replaces)s::uuid,
    %(run_id)s, %(created_by)s, %(session_id)s::uuid, %(idempotency_key)s, %(prompt_id)s, %(server)s,
    nullif(%(template_sha256)s, ''), %(jobs)s, %(expected_gpu_s)s, %(gpu_second_price)s, %(job_price)s, %(currency)s
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: find_by_key
-- The decision with this idempotency key; no row if the key is not on record.
SELECT * FROM decision_records WHERE idempotency_key = %(idempotency_key)s;

-- name: find_by_id
-- The decision with this id; no row if it does not exist.
SELECT * FROM decision_records WHERE id = %(id)s::uuid;

-- name: mark_running
-- Moves a pending decision to running and returns its id; no row if it is not pending.
UPDATE generation_decisions
SET status = 'running', started_at = clock_timestamp()
WHERE id = %(id)s::uuid AND status = 'pending'
RETURNING id;

-- name: end_decision
-- Ends an open decision and returns its id; no row if it has already ended or does not exist.
UPDATE generation_decisions
SET
    status = %(status)s,
    finished_at = clock_timestamp(),
    duration_s = %(duration_s)s,
    cpu_s = %(cpu_s)s,
    gpu_s = %(gpu_s)s,
    quality_score = %(quality_score)s,
    score_version = CASE WHEN %(quality_score)s::float8 IS NOT NULL THEN %(score_version)s::smallint END,
    error_message = %(error_message)s,
    cause = %(cause)s
WHERE id = %(id)s::uuid AND status IN ('pending', 'running')
RETURNING id;

-- name: list_open
-- The open decisions of one stage of an episode, newest first; no row if none is open.
SELECT *
FROM decision_records
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND decision_type = %(decision_type)s
    AND status IN ('pending', 'running')
ORDER BY "timestamp" DESC, id DESC;

-- name: list_open_stages
-- Every episode and stage with open decisions, with the time of the newest one; no row if none is open.
SELECT project_id, episode_id, decision_type, max("timestamp") AS newest
FROM generation_decisions
WHERE status IN ('pending', 'running')
GROUP BY project_id, episode_id, decision_type
ORDER BY newest;

-- name: list_recent
-- The decisions of these projects since a given time, newest first; no row if there were none.
SELECT
    project_id, episode_id, scene_id, shot_id, line_id, decision_type, status, engine, quality_score, reasoning,
    error_message, cause, "timestamp", score_version
FROM decision_records
WHERE project_id = ANY(%(project_ids)s::text[]) AND "timestamp" >= %(since)s
ORDER BY "timestamp" DESC, id DESC
LIMIT %(limit)s;

-- name: find_median_seconds
-- One row: the median duration of an engine's latest 200 successful decisions of a stage, NULL before the first.
-- Only of those at a level of quality, unless it is ''.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.duration_s) AS seconds
FROM (
    SELECT duration_s, parameters
    FROM generation_decisions
    WHERE decision_type = %(decision_type)s AND engine = %(engine)s AND status = 'succeeded'
    ORDER BY finished_at DESC
    LIMIT 200
) AS latest
WHERE %(quality)s IN ('', coalesce(latest.parameters -> 'brief' ->> 'quality', 'standard'));

-- name: find_latest_briefs
-- The brief of the newest decision for each stage, scene, shot and line of an episode; no row before the first.
SELECT DISTINCT ON (decision_type, scene_id, shot_id, line_id)
    decision_type, scene_id, shot_id, line_id, parameters -> 'brief' AS brief
FROM generation_decisions
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND parameters ? 'brief'
ORDER BY decision_type, scene_id, shot_id, line_id, "timestamp" DESC, id DESC;

-- name: list_seeds
-- The seeds that these decisions' attempts are made with, NULL where an attempt has none; no row for an unknown id.
SELECT id, parameters #>> '{attempt,seed}' AS seed
FROM generation_decisions
WHERE id = ANY(%(decision_ids)s::uuid[]);
