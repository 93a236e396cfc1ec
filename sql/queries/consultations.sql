-- name: record_consultation
-- Inserts a consultation, or answers the open question with its key. No row if that is answered, else one with the id.
INSERT INTO ai_consultations AS consultation (
    decision_id, query, response, model_used, confidence_score, idempotency_key, duration_s, used, overruled, session_id
)
VALUES (
    %(decision_id)s::uuid, %(query)s, %(response)s, %(model_used)s, %(confidence_score)s, %(idempotency_key)s,
    %(duration_s)s, %(used)s, %(overruled)s::text[], %(session_id)s::uuid
)
ON CONFLICT (idempotency_key) DO UPDATE
SET
    response = excluded.response,
    confidence_score = excluded.confidence_score,
    duration_s = excluded.duration_s,
    used = excluded.used,
    overruled = excluded.overruled
WHERE consultation.response = '' AND excluded.response <> ''
RETURNING id;

-- name: find_by_key
-- The consultation with this idempotency key; no row if the key is not on record.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", idempotency_key, duration_s, used,
    overruled, session_id
FROM ai_consultations
WHERE idempotency_key = %(idempotency_key)s;
