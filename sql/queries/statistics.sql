-- name: list_scores
-- Score and costs of every decision that gave a take, oldest first; only of one episode unless it is ''. May be empty.
-- A score of an earlier scale is NULL.
SELECT
    decisions."timestamp", decisions.episode_id, decisions.scene_id, decisions.shot_id, decisions.line_id,
    decisions.decision_type AS stage, decisions.engine, decisions.attempt,
    graded_score(decisions.quality_score, decisions.score_version) AS score,
    is_accepted(takes.id) AS accepted,
    decisions.duration_s, decisions.cpu_s, decisions.gpu_s
FROM generation_decisions AS decisions
CROSS JOIN LATERAL (
    SELECT decided_takes.id FROM decided_takes WHERE decided_takes.decision_id = decisions.id OFFSET 0
) AS takes
WHERE
    decisions.project_id = %(project_id)s
    AND %(episode_id)s IN ('', decisions.episode_id)
    AND decisions.status = 'succeeded'
    AND decisions.quality_score IS NOT NULL
ORDER BY decisions."timestamp", decisions.id;

-- name: list_measures
-- The newest verdict on each measure of a project's takes, or of one episode's unless it is '', by take; may be empty.
SELECT
    takes.created_at AS "timestamp", takes.episode_id, takes.scene_id, takes.shot_id, takes.line_id, takes.stage,
    newest.gate, newest.measure, newest.value, newest.unit, newest.passed
FROM
    takes
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (verdicts.gate, verdicts.measure)
            verdicts.gate, verdicts.measure, verdicts.value, verdicts.unit, verdicts.passed
        FROM verdicts
        WHERE verdicts.take_id = takes.id
        ORDER BY verdicts.gate, verdicts.measure, verdicts.id DESC
    ) AS newest
WHERE takes.project_id = %(project_id)s AND %(episode_id)s IN ('', takes.episode_id)
ORDER BY takes.created_at, takes.id, newest.gate, newest.measure;
