-- name: record_take
-- Inserts a take. No row when its decision has this candidate already, else one row with the new id.
INSERT INTO takes (
    decision_id, stage, brief_digest, project_id, episode_id, scene_id, shot_id, line_id, files, measured, details,
    candidate_rank
)
VALUES (
    %(decision_id)s::uuid, %(stage)s, %(brief_digest)s, %(project_id)s, %(episode_id)s, %(scene_id)s, %(shot_id)s,
    %(line_id)s, %(files)s, %(measured)s, %(details)s, %(candidate_rank)s
)
ON CONFLICT (decision_id, coalesce(candidate_rank, 0)) DO NOTHING
RETURNING id;

-- name: find_candidate
-- This candidate of a decision; no row if it has none.
SELECT *
FROM take_records
WHERE
    decision_id = %(decision_id)s::uuid
    AND coalesce(candidate_rank, 0) = coalesce(%(candidate_rank)s::smallint, 0);

-- name: find_by_id
-- The take with this id; no row if it does not exist.
SELECT * FROM take_records WHERE id = %(id)s::uuid;

-- name: find_by_prefix
-- The first three takes whose id begins with this text; no row if there is none.
SELECT * FROM take_records WHERE starts_with(id::text, %(prefix)s) ORDER BY id LIMIT 3;

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
-- The newest take of a stage of an episode; no row if there is none. Of masters, drafts alone or all others, if told.
SELECT *
FROM take_records
WHERE id = (
    SELECT takes.id
    FROM takes
    WHERE
        takes.project_id = %(project_id)s
        AND takes.episode_id = %(episode_id)s
        AND takes.stage = %(stage)s
        AND (
            %(is_draft)s::boolean IS NULL
            OR %(is_draft)s::boolean = (
                SELECT coalesce(parameters #>> '{brief,delivery,quality}', 'standard') = 'draft'
                FROM generation_decisions
                WHERE generation_decisions.id = takes.decision_id
            )
        )
    ORDER BY takes.created_at DESC, takes.id DESC
    LIMIT 1
);

-- name: list_planned_prompts
-- The shots in an episode's plans whose prompt is one of these, newest plan first; no row for a prompt of no plan.
-- Their parts are what the prompts were put together from; plans of old versions may have none.
SELECT
    plans.decision_id, plans.scene_id, shots.value ->> 'prompt' AS prompt, shots.value ->> 'negative' AS negative,
    shots.value -> 'prompt_parts' AS prompt_parts
FROM takes AS plans CROSS JOIN jsonb_array_elements(plans.details #> '{plan,shots}') AS shots
WHERE
    plans.project_id = %(project_id)s
    AND plans.episode_id = %(episode_id)s
    AND plans.stage = 'plan'
    AND shots.value ->> 'prompt' = ANY(%(prompts)s::text[])
ORDER BY plans.created_at DESC, plans.id DESC;
