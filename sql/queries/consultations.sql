-- name: record
-- Puts a consultation on record; one row, or none when its idempotency key is already there.
INSERT INTO ai_consultations (decision_id, query, response, model_used, confidence_score, idempotency_key)
VALUES (
    %(decision_id)s::uuid, %(query)s, %(response)s, %(model_used)s, %(confidence_score)s, %(idempotency_key)s
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id, decision_id, query, response, model_used, confidence_score, "timestamp", idempotency_key;

-- name: find_by_key
-- The consultation with this idempotency key; no row when there is none.
SELECT id, decision_id, query, response, model_used, confidence_score, "timestamp", idempotency_key
FROM ai_consultations
WHERE idempotency_key = %(idempotency_key)s;
