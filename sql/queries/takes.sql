-- name: keep_take
-- Puts a take on record; one row, or none when its decision has a take already.
INSERT INTO takes (
    decision_id, stage, brief_digest, project_id, episode_id, scene_id, shot_id, line_id, files, measured, details
)
VALUES (
    %(decision_id)s::uuid, %(stage)s, %(brief_digest)s, %(project_id)s, %(episode_id)s, %(scene_id)s, %(shot_id)s,
    %(line_id)s, %(files)s, %(measured)s, %(details)s
)
ON CONFLICT (decision_id) DO NOTHING
RETURNING id;

-- name: find_by_decision
-- The take of this decision; no row when it has none.
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decided.attempt, decided.engine, decided.engine_version, decided.reasoning, decided.duration_s, decided.cpu_s,
    decided.gpu_s, decided.quality_score
FROM takes INNER JOIN generation_decisions AS decided ON decided.id = takes.decision_id
WHERE takes.decision_id = %(decision_id)s::uuid;

-- name: find_by_id
-- The take with this id; no row when there is none.
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decided.attempt, decided.engine, decided.engine_version, decided.reasoning, decided.duration_s, decided.cpu_s,
    decided.gpu_s, decided.quality_score
FROM takes INNER JOIN generation_decisions AS decided ON decided.id = takes.decision_id
WHERE takes.id = %(id)s::uuid;

-- name: find_by_digests
-- Every take with one of these digests, of one stage unless it is '', newest first.
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decided.attempt, decided.engine, decided.engine_version, decided.reasoning, decided.duration_s, decided.cpu_s,
    decided.gpu_s, decided.quality_score
FROM takes INNER JOIN generation_decisions AS decided ON decided.id = takes.decision_id
WHERE takes.brief_digest = ANY(%(digests)s::text[]) AND %(stage)s IN ('', takes.stage)
ORDER BY takes.created_at DESC, takes.id DESC;

-- name: find_by_place
-- Every take of an episode, or of one scene or shot unless they are '', of one stage unless it is '', oldest first.
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decided.attempt, decided.engine, decided.engine_version, decided.reasoning, decided.duration_s, decided.cpu_s,
    decided.gpu_s, decided.quality_score
FROM takes INNER JOIN generation_decisions AS decided ON decided.id = takes.decision_id
WHERE
    takes.project_id = %(project_id)s
    AND takes.episode_id = %(episode_id)s
    AND %(scene_id)s IN ('', takes.scene_id)
    AND %(shot_id)s IN ('', takes.shot_id)
    AND %(stage)s IN ('', takes.stage)
ORDER BY takes.created_at, takes.id;

-- name: find_newest
-- The newest take of a stage of an episode; no row when there is none.
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decided.attempt, decided.engine, decided.engine_version, decided.reasoning, decided.duration_s, decided.cpu_s,
    decided.gpu_s, decided.quality_score
FROM takes INNER JOIN generation_decisions AS decided ON decided.id = takes.decision_id
WHERE takes.project_id = %(project_id)s AND takes.episode_id = %(episode_id)s AND takes.stage = %(stage)s
ORDER BY takes.created_at DESC, takes.id DESC
LIMIT 1;
