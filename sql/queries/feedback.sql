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
