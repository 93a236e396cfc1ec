-- name: record_feedback
-- Inserts feedback on a take. No row when its idempotency key is on record already, else one row with the new id.
INSERT INTO feedback (decision_id, take_id, opinion, reason, note, who, idempotency_key)
VALUES (
    %(decision_id)s::uuid, %(take_id)s::uuid, %(opinion)s, %(reason)s, %(note)s, %(who)s, %(idempotency_key)s
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: find_by_key
-- The feedback with this idempotency key; no row if the key is not on record.
SELECT id, decision_id, take_id, opinion, reason, note, who, "timestamp", idempotency_key
FROM feedback
WHERE idempotency_key = %(idempotency_key)s;

-- name: find_by_decisions
-- All feedback on the takes of these decisions, oldest first; no row if nobody gave any.
SELECT id, decision_id, take_id, opinion, reason, note, who, "timestamp", idempotency_key
FROM feedback
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY "timestamp", id;

-- name: list_page
-- Feedback on the takes of a show, an episode or a shot, newest first; no row if nobody gave any.
-- They are those before a given time and id; what is '' narrows nothing.
SELECT
    feedback.id, feedback.decision_id, feedback.take_id, feedback.opinion, feedback.reason, feedback.note, feedback.who,
    feedback."timestamp", feedback.idempotency_key, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id
FROM feedback INNER JOIN takes ON takes.id = feedback.take_id
WHERE
    %(project_id)s IN ('', takes.project_id)
    AND %(episode_id)s IN ('', takes.episode_id)
    AND %(scene_id)s IN ('', takes.scene_id)
    AND %(shot_id)s IN ('', takes.shot_id)
    AND (feedback."timestamp", feedback.id) < (%(before)s::timestamptz, %(before_id)s::uuid)
ORDER BY feedback."timestamp" DESC, feedback.id DESC
LIMIT %(limit)s;
