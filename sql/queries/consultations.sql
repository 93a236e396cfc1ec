-- name: record
-- Puts a consultation on record; one row, or none when its idempotency key is already there.
INSERT INTO ai_consultations (
    decision_id, query, response, model_used, confidence_score, idempotency_key, duration_s, used, overruled, session_id
)
VALUES (
    %(decision_id)s::uuid, %(query)s, %(response)s, %(model_used)s, %(confidence_score)s, %(idempotency_key)s,
    %(duration_s)s, %(used)s, %(overruled)s::text[], %(session_id)s::uuid
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING
    id, decision_id, query, response, model_used, confidence_score, "timestamp", idempotency_key, duration_s, used,
    overruled, session_id;

-- name: answer
-- Completes a question that is on record without an answer; one row, or none when there is no such question.
UPDATE ai_consultations
SET
    response = %(response)s,
    confidence_score = %(confidence_score)s,
    duration_s = %(duration_s)s,
    used = %(used)s,
    overruled = %(overruled)s::text[]
WHERE idempotency_key = %(idempotency_key)s AND response = ''
RETURNING
    id, decision_id, query, response, model_used, confidence_score, "timestamp", idempotency_key, duration_s, used,
    overruled, session_id;

-- name: find_by_key
-- The consultation with this idempotency key; no row when there is none.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", idempotency_key, duration_s, used,
    overruled, session_id
FROM ai_consultations
WHERE idempotency_key = %(idempotency_key)s;

-- name: list_of_decision
-- The consultations of a decision, oldest first; no row when none was held.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", idempotency_key, duration_s, used,
    overruled, session_id
FROM ai_consultations
WHERE decision_id = %(decision_id)s::uuid
ORDER BY "timestamp", id;
