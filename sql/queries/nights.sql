-- name: list_work
-- What somebody decided since a given time, summed by episode, stage and engine; no row if nothing was.
SELECT
    project_id, episode_id, decision_type AS stage, engine,
    count(*) FILTER (WHERE status = 'succeeded') AS made,
    count(*) FILTER (WHERE status = 'succeeded' AND NOT is_accepted) AS rejected,
    count(*) FILTER (WHERE status IN ('failed', 'lost', 'cancelled')) AS failed,
    coalesce(sum(coalesce(gpu_s, CASE WHEN prompt_id <> '' THEN duration_s END)), 0) AS gpu_s,
    coalesce(sum(cpu_s), 0) AS cpu_s
FROM generation_decisions AS decisions
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT bool_or(is_accepted(takes.id)) FROM takes WHERE takes.decision_id = decisions.id), false)
        AS is_accepted
    OFFSET 0
) AS judged
WHERE "timestamp" >= %(since)s AND created_by = %(created_by)s
GROUP BY project_id, episode_id, decision_type, engine
ORDER BY project_id, episode_id, min("timestamp");

-- name: list_failures
-- The decisions of somebody since a given time that gave no take, oldest first, with their reasons; no row if none did.
SELECT project_id, episode_id, scene_id, shot_id, line_id, decision_type AS stage, engine, error_message
FROM generation_decisions
WHERE
    "timestamp" >= %(since)s AND created_by = %(created_by)s AND status IN ('failed', 'lost', 'cancelled')
ORDER BY "timestamp", id
LIMIT %(limit)s;
