-- name: record_lesson
-- Inserts what a director learned. No row when it was told of this decision already, else one row with the new id.
INSERT INTO lessons (
    decision_id, consultation_id, director, ending, scores, learned, recommendations, confidences
)
SELECT
    %(decision_id)s::uuid, consultations.id, %(director)s, %(ending)s, %(scores)s::jsonb, %(learned)s::text[],
    %(recommendations)s::text[], %(confidences)s::jsonb
FROM ai_consultations AS consultations
WHERE consultations.idempotency_key = %(consultation_key)s
ON CONFLICT (decision_id, director) DO NOTHING
RETURNING id;

-- name: find_by_decision
-- What a director learned from a decision; no row if it was not told of it.
SELECT *
FROM lesson_records
WHERE decision_id = %(decision_id)s::uuid AND director = %(director)s;

-- name: find_by_decisions
-- What a director learned from each of these decisions, in the order in which it was told; may be empty.
SELECT *
FROM lesson_records
WHERE decision_id = ANY(%(decision_ids)s::uuid[]) AND director = %(director)s
ORDER BY "timestamp", id;

-- name: list_by_story
-- What directors learned from an episode, or one shot of it unless scene and shot are '', oldest first; may be empty.
SELECT *
FROM lesson_records
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND %(scene_id)s IN ('', scene_id)
    AND %(shot_id)s IN ('', shot_id)
ORDER BY "timestamp", id;

-- name: list_newest
-- The newest lessons of a project, newest first; no row if there are none.
SELECT *
FROM lesson_records
WHERE project_id = %(project_id)s
ORDER BY "timestamp" DESC, id DESC
LIMIT %(limit)s;
