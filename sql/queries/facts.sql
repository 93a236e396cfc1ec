-- name: lock_project
-- One row, once no other transaction writes facts of this project; the lock lasts until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('facts:' || %(project_id)s::text, 0));

-- name: read_clock
-- One row: the current time on the server.
SELECT clock_timestamp() AS now;

-- name: list_by_pairs
-- Every fact, current or ended, about these pairs of subject and predicate, oldest first; no row if there is none.
SELECT
    facts.id, facts.project_id, facts.subject, facts.predicate, facts.object, facts.confidence, facts.source,
    facts."timestamp", facts.ended_at, facts.superseded_by
FROM (
    SELECT DISTINCT subject_key, predicate_key
    FROM unnest(%(subject_keys)s::text[], %(predicate_keys)s::text[]) AS pairs (subject_key, predicate_key)
) AS pairs
INNER JOIN facts USING (subject_key, predicate_key)
WHERE facts.project_id = %(project_id)s
ORDER BY facts."timestamp", facts.id;

-- name: list_by_source
-- Every current fact whose source starts with one of these prefixes, oldest first; no row if there is none.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE project_id = %(project_id)s AND ended_at IS NULL AND source ^@ ANY(%(prefixes)s::text[])
ORDER BY "timestamp", id;

-- name: list_page
-- The current facts of a show that come after a given time and id, oldest first; no row if there is none.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = %(project_id)s AND ended_at IS NULL
    AND ("timestamp", id) > (%(after)s::timestamptz, %(after_id)s::uuid)
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: store_facts
-- Inserts facts, except those that the same source has already stated and that are still current. Returns no row.
INSERT INTO facts (
    id, project_id, subject, predicate, object, subject_key, predicate_key, object_key, words, confidence, source,
    "timestamp", ended_at, superseded_by
)
SELECT
    input.id, %(project_id)s, input.subject, input.predicate, input.object, input.subject_key, input.predicate_key,
    input.object_key, input.words::tsvector, input.confidence, input.source,
    input."timestamp", input.ended_at, input.superseded_by
FROM jsonb_to_recordset(%(facts)s) AS input (
    id uuid, subject text, predicate text, object text, subject_key text, predicate_key text, object_key text,
    words text, confidence double precision, source text, "timestamp" timestamptz, ended_at timestamptz,
    superseded_by uuid
)
ON CONFLICT (project_id, subject_key, predicate_key, md5(object_key), source) WHERE ended_at IS NULL DO NOTHING;

-- name: end_facts
-- Ends current facts; `superseded_by` is the fact that replaces one, or NULL. Returns no row.
UPDATE facts
SET ended_at = clock_timestamp(), superseded_by = input.superseded_by
FROM jsonb_to_recordset(%(ended)s) AS input (id uuid, superseded_by uuid)
WHERE facts.id = input.id AND facts.project_id = %(project_id)s AND facts.ended_at IS NULL;

-- name: find_ended
-- The fact with this id if it has ended; no row if it is current or does not exist.
SELECT id FROM facts WHERE project_id = %(project_id)s AND id = %(id)s::uuid AND ended_at IS NOT NULL;

-- name: list_by_subject
-- The facts about a subject, oldest first; only of one predicate unless it is ''; may be empty.
-- Ended facts are left out unless `history` is true.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND subject_key = %(subject_key)s
    AND (predicate_key = %(predicate_key)s OR %(predicate_key)s::text = '')
    AND (ended_at IS NULL OR %(history)s::boolean)
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: list_for_subjects
-- Current facts about these subjects without some predicates, the surest and then the newest first; may be empty.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND subject_key = ANY(%(subject_keys)s::text[])
    AND predicate_key <> ALL(%(except_keys)s::text[])
    AND ended_at IS NULL
ORDER BY confidence DESC, "timestamp" DESC, id
LIMIT %(limit)s;

-- name: list_by_predicate
-- The facts with a predicate about any subject, oldest first; may be empty.
-- Ended facts are left out unless `history` is true.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND predicate_key = %(predicate_key)s
    AND (ended_at IS NULL OR %(history)s::boolean)
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: list_by_object
-- The current facts with exactly this object, oldest first; no row if there is none.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND md5(object_key) = md5(%(object_key)s)
    AND object_key = %(object_key)s
    AND ended_at IS NULL
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: list_recent
-- The facts that were stored or ended since a given time, newest first; no row if there were none.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE project_id = ANY(%(project_ids)s::text[]) AND greatest("timestamp", ended_at) >= %(since)s
ORDER BY greatest("timestamp", ended_at) DESC, id
LIMIT %(limit)s;

-- name: search_words
-- The current facts that match a text search, best first, each with its score; no row if nothing matches.
-- The score is the text rank times the confidence times the weight of the predicate, 1 unless another is given.
-- OFFSET 0 keeps the search apart from the project filter: without row statistics, the server would otherwise read
-- every fact of the project.
WITH best AS MATERIALIZED (
    SELECT
        id,
        rank * confidence * coalesce(weighted.weight, 1) AS score
    FROM (
        SELECT
            id, project_id, predicate_key, confidence, "timestamp",
            ts_rank('{0.1, 0.3, 0.6, 1}', words, %(query)s::tsquery) AS rank
        FROM facts
        WHERE ended_at IS NULL AND words @@ %(query)s::tsquery
        OFFSET 0
    ) AS matching
    LEFT JOIN unnest(%(predicate_keys)s::text[], %(weights)s::double precision[]) AS weighted (predicate_key, weight)
        USING (predicate_key)
    WHERE project_id = ANY(%(project_ids)s::text[])
    ORDER BY score DESC, "timestamp" DESC, id
    LIMIT %(limit)s
)
SELECT
    facts.id, facts.project_id, facts.subject, facts.predicate, facts.object, facts.confidence, facts.source,
    facts."timestamp", facts.ended_at, facts.superseded_by, best.score
FROM best INNER JOIN facts ON facts.id = best.id
ORDER BY best.score DESC, facts."timestamp" DESC, facts.id;

-- name: list_named_subjects
-- The subjects that have one of these names, or are also called by one, each with that name; may be empty.
SELECT DISTINCT subject_key, subject_key AS name
FROM facts
WHERE project_id = ANY(%(project_ids)s::text[]) AND subject_key = ANY(%(names)s::text[]) AND ended_at IS NULL
UNION
SELECT DISTINCT subject_key, object_key AS name
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND md5(object_key) = ANY(ARRAY(SELECT md5(name) FROM unnest(%(names)s::text[]) AS names (name)))
    AND object_key = ANY(%(names)s::text[])
    AND predicate_key = 'alias'
    AND ended_at IS NULL
ORDER BY subject_key, name;

-- name: list_about_subjects
-- The current facts about these subjects, those whose predicate has the largest weight first; may be empty.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
LEFT JOIN unnest(%(predicate_keys)s::text[], %(weights)s::double precision[]) AS weighted (predicate_key, weight)
    USING (predicate_key)
WHERE
    project_id = ANY(%(project_ids)s::text[]) AND subject_key = ANY(%(subject_keys)s::text[]) AND ended_at IS NULL
ORDER BY coalesce(weighted.weight, 1) * confidence DESC, "timestamp" DESC, id
LIMIT %(limit)s;

-- name: list_subjects
-- The name of every subject of current facts, and every other name of one; no row if the memory is empty.
SELECT min(subject) AS name FROM facts
WHERE project_id = ANY(%(project_ids)s::text[]) AND ended_at IS NULL
GROUP BY subject_key
UNION
SELECT object FROM facts
WHERE project_id = ANY(%(project_ids)s::text[]) AND predicate_key = 'alias' AND ended_at IS NULL
ORDER BY name;

-- name: find_any
-- One row if there is a current fact; no row if the memory is empty.
SELECT id FROM facts WHERE project_id = ANY(%(project_ids)s::text[]) AND ended_at IS NULL LIMIT 1;

-- name: find_embedding_column
-- One row if this server can store embeddings of facts; no row if pgvector is missing.
SELECT attnum FROM pg_attribute WHERE attrelid = 'facts'::regclass AND attname = 'embedding' AND NOT attisdropped;

-- name: list_unembedded
-- The current facts without an embedding by this model, oldest first; no row if all have one.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND ended_at IS NULL
    AND embedding_model IS DISTINCT FROM %(model)s
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: save_embeddings
-- Stores the embeddings that a model made of facts. Returns no row.
UPDATE facts
SET embedding = input.embedding::halfvec, embedding_model = %(model)s
FROM jsonb_to_recordset(%(embeddings)s) AS input (id uuid, embedding text)
WHERE facts.id = input.id;

-- name: search_meaning
-- The current facts nearest to a vector, best first; the score is the cosine similarity; no row without embeddings.
SELECT
    id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by,
    1 - (embedding <=> %(vector)s::halfvec) AS score
FROM facts
WHERE project_id = ANY(%(project_ids)s::text[]) AND ended_at IS NULL AND embedding_model = %(model)s
ORDER BY embedding <=> %(vector)s::halfvec, id
LIMIT %(limit)s;

-- name: list_sharing_projects
-- The projects that share their memory with this one, because each names the other; no row if there are none.
SELECT other.id
FROM projects AS own
INNER JOIN projects AS other ON other.id <> own.id
WHERE
    own.id = %(project_id)s
    AND own.removed_at IS NULL
    AND other.removed_at IS NULL
    AND own.story -> 'memory' -> 'share_with' ? other.id
    AND other.story -> 'memory' -> 'share_with' ? own.id
ORDER BY other.id;
