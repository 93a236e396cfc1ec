-- name: decide
-- Puts a decision on record as pending; one row, or none when its idempotency key is already there.
INSERT INTO generation_decisions (
    project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives, engine,
    engine_version, brief_digest, attempt, replaces, run_id, created_by, session_id, idempotency_key, prompt_id, server,
    template_sha256
)
VALUES (
    %(project_id)s, %(episode_id)s, %(scene_id)s, %(shot_id)s, %(line_id)s, %(decision_type)s, %(parameters)s,
    %(reasoning)s, %(alternatives)s, %(engine)s, %(engine_version)s, %(brief_digest)s, %(attempt)s, %(replaces)s::uuid,
    %(run_id)s, %(created_by)s, %(session_id)s::uuid, %(idempotency_key)s, %(prompt_id)s, %(server)s,
    nullif(%(template_sha256)s, '')
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message;

-- name: find_by_key
-- The decision with this idempotency key; no row when there is none.
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message
FROM generation_decisions
WHERE idempotency_key = %(idempotency_key)s;

-- name: find_by_id
-- The decision with this id; no row when there is none.
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message
FROM generation_decisions
WHERE id = %(id)s::uuid;

-- name: start
-- Moves a pending decision to running; one row, or none when it is not pending.
UPDATE generation_decisions
SET status = 'running', started_at = clock_timestamp()
WHERE id = %(id)s::uuid AND status = 'pending'
RETURNING id;

-- name: end
-- Ends an open decision; one row, or none when it has ended already or does not exist.
UPDATE generation_decisions
SET
    status = %(status)s,
    finished_at = clock_timestamp(),
    duration_s = %(duration_s)s,
    cpu_s = %(cpu_s)s,
    gpu_s = %(gpu_s)s,
    quality_score = %(quality_score)s,
    error_message = %(error_message)s
WHERE id = %(id)s::uuid AND status IN ('pending', 'running')
RETURNING id;

-- name: list_open
-- The open decisions of a stage of an episode, newest first.
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message
FROM generation_decisions
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND decision_type = %(decision_type)s
    AND status IN ('pending', 'running')
ORDER BY "timestamp" DESC, id DESC;

-- name: list_open_places
-- Every episode and stage with an open decision, and the newest of them.
SELECT project_id, episode_id, decision_type, max("timestamp") AS newest
FROM generation_decisions
WHERE status IN ('pending', 'running')
GROUP BY project_id, episode_id, decision_type
ORDER BY newest;

-- name: median_seconds
-- One row: the median seconds of an engine's newest 200 successful decisions of a stage, NULL when there are none.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY recent.duration_s) AS seconds
FROM (
    SELECT duration_s
    FROM generation_decisions
    WHERE decision_type = %(decision_type)s AND engine = %(engine)s AND status = 'succeeded'
    ORDER BY finished_at DESC
    LIMIT 200
) AS recent;

-- name: latest_briefs
-- The brief of the newest decision for each stage, scene, shot and line of an episode.
SELECT DISTINCT ON (decision_type, scene_id, shot_id, line_id)
    decision_type, scene_id, shot_id, line_id, parameters -> 'brief' AS brief
FROM generation_decisions
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND parameters ? 'brief'
ORDER BY decision_type, scene_id, shot_id, line_id, "timestamp" DESC, id DESC;
