-- name: begin_session
-- Inserts a creative session. No row when one with this id has begun already, else one row with the id.
INSERT INTO creative_sessions (id, project_id, title, started_by, notes)
VALUES (%(id)s::uuid, %(project_id)s, %(title)s, %(started_by)s, %(notes)s)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: find_by_id
-- The creative session with this id; no row if it does not exist.
SELECT id, project_id, title, started_by, started_at, ended_at, notes
FROM creative_sessions
WHERE id = %(id)s::uuid;

-- name: end_session
-- Ends a creative session and returns its id; no row if it has already ended or does not exist.
UPDATE creative_sessions
SET ended_at = clock_timestamp()
WHERE id = %(id)s::uuid AND ended_at IS NULL
RETURNING id;

-- name: list_newest
-- The newest creative sessions, newest first; only of one project unless it is ''. No row if there are none.
SELECT id, project_id, title, started_by, started_at, ended_at, notes
FROM creative_sessions
WHERE %(project_id)s IN ('', project_id)
ORDER BY started_at DESC, id DESC
LIMIT %(limit)s;

-- name: list_decisions
-- Every decision of a creative session, oldest first; no row if it has none.
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, reasoning, "timestamp", status,
    quality_score, created_by, engine, engine_version, attempt, run_id, server, duration_s, error_message
FROM generation_decisions
WHERE session_id = %(id)s::uuid
ORDER BY "timestamp", id;

-- name: list_consultations
-- Every consultation of a creative session or of one of its decisions, oldest first; no row if there was none.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", duration_s, used, overruled
FROM ai_consultations
WHERE
    session_id = %(id)s::uuid
    OR decision_id IN (
        SELECT decisions.id FROM generation_decisions AS decisions WHERE decisions.session_id = %(id)s::uuid
    )
ORDER BY "timestamp", id;
