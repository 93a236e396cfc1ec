-- name: begin
-- Begins a creative session; one row, or none when one with this id has begun already.
INSERT INTO creative_sessions (id, project_id, title, started_by, notes)
VALUES (%(id)s::uuid, %(project_id)s, %(title)s, %(started_by)s, %(notes)s)
ON CONFLICT (id) DO NOTHING
RETURNING id, project_id, title, started_by, started_at, ended_at, notes;

-- name: find_by_id
-- The creative session with this id; no row when there is none.
SELECT id, project_id, title, started_by, started_at, ended_at, notes
FROM creative_sessions
WHERE id = %(id)s::uuid;

-- name: finish
-- Ends a creative session, once; no row when there is none or it has ended already.
UPDATE creative_sessions
SET ended_at = clock_timestamp()
WHERE id = %(id)s::uuid AND ended_at IS NULL
RETURNING id;

-- name: list_newest
-- The newest creative sessions of a project, or of all when it is '', newest first.
SELECT id, project_id, title, started_by, started_at, ended_at, notes
FROM creative_sessions
WHERE %(project_id)s IN ('', project_id)
ORDER BY started_at DESC, id DESC
LIMIT %(limit)s;

-- name: list_decisions
-- Every decision of a creative session, oldest first.
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, reasoning, "timestamp", status,
    quality_score, created_by, engine, engine_version, attempt, run_id, server, duration_s, error_message
FROM generation_decisions
WHERE session_id = %(id)s::uuid
ORDER BY "timestamp", id;

-- name: list_consultations
-- Every consultation of a creative session, its own or of its decisions, oldest first.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", duration_s, used, overruled
FROM ai_consultations
WHERE
    session_id = %(id)s::uuid
    OR decision_id IN (
        SELECT decided.id FROM generation_decisions AS decided WHERE decided.session_id = %(id)s::uuid
    )
ORDER BY "timestamp", id;
