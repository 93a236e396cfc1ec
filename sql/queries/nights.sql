-- name: read_spending
-- One row: the GPU seconds that somebody's decisions took since a given time, and how many jobs other runs have open.
-- A job that gave no take counts for as long as it was waited for.
SELECT
    coalesce(sum(coalesce(gpu_s, CASE WHEN prompt_id <> '' THEN duration_s END)), 0) AS gpu_s,
    count(*) FILTER (WHERE finished_at IS NULL AND prompt_id <> '' AND run_id <> %(run_id)s) AS open_jobs
FROM generation_decisions
WHERE "timestamp" >= %(since)s AND created_by = %(created_by)s;

-- name: find_median_gpu_seconds
-- One row: the median GPU seconds of an engine's latest 200 successful jobs of a stage, NULL before the first.
-- Only of those at a level of quality.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.gpu_s) AS seconds
FROM (
    SELECT gpu_s, parameters
    FROM generation_decisions
    WHERE decision_type = %(stage)s AND engine = %(engine)s AND status = 'succeeded' AND gpu_s > 0
    ORDER BY finished_at DESC
    LIMIT 200
) AS latest
WHERE coalesce(latest.parameters -> 'brief' ->> 'quality', 'standard') = %(quality)s;

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
