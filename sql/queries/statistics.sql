-- name: list_scores
-- The score of every successful decision of a project, or of one episode unless it is '', oldest first; may be empty.
SELECT
    "timestamp", episode_id, scene_id, shot_id, line_id, decision_type AS stage, engine, attempt, quality_score,
    duration_s, cpu_s, gpu_s
FROM generation_decisions
WHERE
    project_id = %(project_id)s
    AND %(episode_id)s IN ('', episode_id)
    AND status = 'succeeded'
    AND quality_score IS NOT NULL
ORDER BY "timestamp", id;

-- name: list_measures
-- The newest verdict on each measure of a project's takes, or of one episode's unless it is '', by take; may be empty.
SELECT DISTINCT ON (takes.created_at, takes.id, verdicts.gate, verdicts.measure)
    takes.created_at AS "timestamp", takes.episode_id, takes.scene_id, takes.shot_id, takes.line_id, takes.stage,
    verdicts.gate, verdicts.measure, verdicts.value, verdicts.unit, verdicts.passed
FROM takes INNER JOIN verdicts ON verdicts.take_id = takes.id
WHERE takes.project_id = %(project_id)s AND %(episode_id)s IN ('', takes.episode_id)
ORDER BY takes.created_at, takes.id, verdicts.gate, verdicts.measure, verdicts.id DESC;
