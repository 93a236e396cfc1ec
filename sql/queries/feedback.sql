-- name: record
-- Puts an opinion of a take on record; one row, or none when its idempotency key is already there.
INSERT INTO feedback (decision_id, take_id, opinion, reason, note, who, idempotency_key)
VALUES (
    %(decision_id)s::uuid, %(take_id)s::uuid, %(opinion)s, %(reason)s, %(note)s, %(who)s, %(idempotency_key)s
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id, decision_id, take_id, opinion, reason, note, who, "timestamp", idempotency_key;

-- name: find_by_key
-- The opinion with this idempotency key; no row when there is none.
SELECT id, decision_id, take_id, opinion, reason, note, who, "timestamp", idempotency_key
FROM feedback
WHERE idempotency_key = %(idempotency_key)s;

-- name: find_by_decisions
-- Every opinion of what these decisions made, oldest first.
SELECT id, decision_id, take_id, opinion, reason, note, who, "timestamp", idempotency_key
FROM feedback
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY "timestamp", id;
