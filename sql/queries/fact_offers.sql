-- name: list_unoffered
-- The current facts of a project that a server was not offered yet, oldest first, each triple once; may be empty.
-- Facts that programs stored over the Model Context Protocol are left out, and so is what another current fact has
-- already told the server.
SELECT
    id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM (
    SELECT DISTINCT ON (subject_key, predicate_key, object_key)
        id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
    FROM facts
    WHERE
        project_id = %(project_id)s
        AND ended_at IS NULL
        AND NOT source ^@ %(except_prefix)s::text
        AND NOT EXISTS (
            SELECT FROM facts AS told INNER JOIN fact_offers ON fact_offers.fact_id = told.id
            WHERE
                fact_offers.server = %(server)s
                AND told.project_id = facts.project_id
                AND told.subject_key = facts.subject_key
                AND told.predicate_key = facts.predicate_key
                AND told.object_key = facts.object_key
                AND told.ended_at IS NULL
        )
    ORDER BY subject_key, predicate_key, object_key, "timestamp", id
) AS unoffered
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: record_offers
-- Notes that a server was offered facts, and what it answered; one that it was offered before is left alone.
-- Returns no row.
INSERT INTO fact_offers (server, fact_id, answer)
SELECT %(server)s, input.fact_id, input.answer
FROM jsonb_to_recordset(%(offers)s) AS input (fact_id uuid, answer text)
ON CONFLICT (server, fact_id) DO NOTHING;
