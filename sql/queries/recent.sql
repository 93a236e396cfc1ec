-- name: list_decisions
-- The decisions of a project since a moment, newest first.
SELECT
    project_id, episode_id, scene_id, shot_id, line_id, decision_type, status, engine, quality_score, reasoning,
    error_message, "timestamp"
FROM generation_decisions
WHERE project_id = ANY(%(project_ids)s::text[]) AND "timestamp" >= %(since)s
ORDER BY "timestamp" DESC, id DESC
LIMIT %(limit)s;
