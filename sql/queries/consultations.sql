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

-- name: count_of_occasion
-- One row: how many questions of a decision have idempotency keys that begin with this text.
SELECT count(*) AS questions
FROM ai_consultations
WHERE decision_id = %(decision_id)s::uuid AND starts_with(idempotency_key, %(key_start)s);

-- name: find_draft_state
-- How often a question of a script draft was decided on, and the newest answer that was used, else NULL; one row always.
SELECT
    count(*)::integer AS attempts,
    (
        SELECT consultation.response
        FROM generation_decisions AS decision
        INNER JOIN ai_consultations AS consultation ON consultation.decision_id = decision.id
        WHERE
            decision.project_id = %(project_id)s
            AND decision.decision_type = 'script_draft'
            AND decision.brief_digest = %(brief_digest)s
            AND decision.status = 'succeeded'
        ORDER BY consultation."timestamp" DESC, consultation.id DESC
        LIMIT 1
    ) AS response
FROM generation_decisions
WHERE project_id = %(project_id)s AND decision_type = 'script_draft' AND brief_digest = %(brief_digest)s;
