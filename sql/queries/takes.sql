-- name: record_take
-- Inserts a take. No row when its decision has a take already, else one row with the new id.
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
-- The take of this decision; no row if it has none.
SELECT * FROM take_records WHERE decision_id = %(decision_id)s::uuid;

-- name: find_by_id
-- The take with this id; no row if it does not exist.
SELECT * FROM take_records WHERE id = %(id)s::uuid;

-- name: find_by_digests
-- Every take with one of these digests, newest first; only of one stage unless it is ''. No row if there is none.
SELECT *
FROM take_records
WHERE brief_digest = ANY(%(digests)s::text[]) AND %(stage)s IN ('', stage)
ORDER BY created_at DESC, id DESC;

-- name: list_by_scope
-- Every take of an episode, oldest first; scene, shot and stage narrow it unless they are ''. No row if there is none.
SELECT *
FROM take_records
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND %(scene_id)s IN ('', scene_id)
    AND %(shot_id)s IN ('', shot_id)
    AND %(stage)s IN ('', stage)
ORDER BY created_at, id;

-- name: find_newest
-- The newest take of a stage of an episode; no row if there is none.
SELECT *
FROM take_records
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND stage = %(stage)s
ORDER BY created_at DESC, id DESC
LIMIT 1;
