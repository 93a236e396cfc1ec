-- name: lock_project
-- One row, once no other transaction writes facts of this project; held until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('facts:' || %(project_id)s::text, 0));

-- name: read_clock
-- One row: the moment on the server.
SELECT clock_timestamp() AS now;

-- name: list_about
-- Every fact ever stored about these pairs of subject and predicate, oldest first.
SELECT
    facts.id, facts.project_id, facts.subject, facts.predicate, facts.object, facts.confidence, facts.source,
    facts."timestamp", facts.ended_at, facts.superseded_by
FROM (
    SELECT DISTINCT subject_key, predicate_key
    FROM unnest(%(subject_keys)s::text[], %(predicate_keys)s::text[]) AS asked (subject_key, predicate_key)
) AS asked
INNER JOIN facts USING (subject_key, predicate_key)
WHERE facts.project_id = %(project_id)s
ORDER BY facts."timestamp", facts.id;

-- name: list_said_by
-- Every current fact whose source begins with one of these prefixes, oldest first.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE project_id = %(project_id)s AND ended_at IS NULL AND source ^@ ANY(%(prefixes)s::text[])
ORDER BY "timestamp", id;

-- name: store_facts
-- Writes facts; those that a current one of the same source says already are left out.
INSERT INTO facts (
    id, project_id, subject, predicate, object, subject_key, predicate_key, object_key, words, confidence, source,
    "timestamp", ended_at, superseded_by
)
SELECT
    given.id, %(project_id)s, given.subject, given.predicate, given.object, given.subject_key, given.predicate_key,
    given.object_key, given.words::tsvector, given.confidence, given.source,
    given."timestamp", given.ended_at, given.superseded_by
FROM jsonb_to_recordset(%(facts)s) AS given (
    id uuid, subject text, predicate text, object text, subject_key text, predicate_key text, object_key text,
    words text, confidence double precision, source text, "timestamp" timestamptz, ended_at timestamptz,
    superseded_by uuid
)
ON CONFLICT (project_id, subject_key, predicate_key, md5(object_key), source) WHERE ended_at IS NULL DO NOTHING;

-- name: end_facts
-- Marks current facts as ended, each by the fact that superseded it or by none.
UPDATE facts
SET ended_at = clock_timestamp(), superseded_by = given.superseded_by
FROM jsonb_to_recordset(%(ended)s) AS given (id uuid, superseded_by uuid)
WHERE facts.id = given.id AND facts.project_id = %(project_id)s AND facts.ended_at IS NULL;

-- name: find_ended
-- The fact with this id if it has ended; no row when it has not, or is not there.
SELECT id FROM facts WHERE project_id = %(project_id)s AND id = %(id)s::uuid AND ended_at IS NOT NULL;

-- name: list_of_subject
-- The facts about a subject, of one predicate unless that is ''; current ones unless history is wanted; oldest first.
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
-- Current facts about any of these subjects but for some predicates, the surest and then the newest first.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND subject_key = ANY(%(subject_keys)s::text[])
    AND predicate_key <> ALL(%(except_keys)s::text[])
    AND ended_at IS NULL
ORDER BY confidence DESC, "timestamp" DESC, id
LIMIT %(limit)s;

-- name: list_of_predicate
-- The facts with a predicate, whatever the subject; current ones unless history is wanted; oldest first.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND predicate_key = %(predicate_key)s
    AND (ended_at IS NULL OR %(history)s::boolean)
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: list_of_object
-- The current facts that say just this of any subject, oldest first.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND md5(object_key) = md5(%(object_key)s)
    AND object_key = %(object_key)s
    AND ended_at IS NULL
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: list_all
-- Every current fact of a project, oldest first.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE project_id = %(project_id)s AND ended_at IS NULL
ORDER BY "timestamp", id;

-- name: list_recent
-- The facts stored or ended since a moment, newest first.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE project_id = ANY(%(project_ids)s::text[]) AND greatest("timestamp", ended_at) >= %(since)s
ORDER BY greatest("timestamp", ended_at) DESC, id
LIMIT %(limit)s;

-- name: search_words
-- The current facts that hold words of a query, best first: by where the words stand, how many do, and confidence.
-- Matched apart from the project: otherwise a server that has not counted its rows yet reads all of them.
WITH best AS MATERIALIZED (
    SELECT id, rank * confidence AS score
    FROM (
        SELECT id, project_id, confidence, "timestamp", ts_rank('{0.1, 0.3, 0.6, 1}', words, %(query)s::tsquery) AS rank
        FROM facts
        WHERE ended_at IS NULL AND words @@ %(query)s::tsquery
        OFFSET 0
    ) AS matching
    WHERE project_id = ANY(%(project_ids)s::text[])
    ORDER BY score DESC, "timestamp" DESC, id
    LIMIT %(limit)s
)
SELECT
    facts.id, facts.project_id, facts.subject, facts.predicate, facts.object, facts.confidence, facts.source,
    facts."timestamp", facts.ended_at, facts.superseded_by, best.score
FROM best INNER JOIN facts ON facts.id = best.id
ORDER BY best.score DESC, facts."timestamp" DESC, facts.id;

-- name: find_embedding_column
-- One row where this server can keep embeddings of facts; no row where pgvector is missing.
SELECT attnum FROM pg_attribute WHERE attrelid = 'facts'::regclass AND attname = 'embedding' AND NOT attisdropped;

-- name: list_unembedded
-- Current facts without an embedding of this model, oldest first.
SELECT id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by
FROM facts
WHERE
    project_id = ANY(%(project_ids)s::text[])
    AND ended_at IS NULL
    AND embedding_model IS DISTINCT FROM %(model)s
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: keep_embeddings
-- Writes what a model made of facts.
UPDATE facts
SET embedding = given.embedding::halfvec, embedding_model = %(model)s
FROM jsonb_to_recordset(%(embeddings)s) AS given (id uuid, embedding text)
WHERE facts.id = given.id;

-- name: search_meaning
-- The current facts whose embedding of this model is nearest to a vector, best first; score is cosine similarity.
SELECT
    id, project_id, subject, predicate, object, confidence, source, "timestamp", ended_at, superseded_by,
    1 - (embedding <=> %(vector)s::halfvec) AS score
FROM facts
WHERE project_id = ANY(%(project_ids)s::text[]) AND ended_at IS NULL AND embedding_model = %(model)s
ORDER BY embedding <=> %(vector)s::halfvec, id
LIMIT %(limit)s;

-- name: list_sharers
-- The projects whose memory a project shares: each names the other in its project file.
SELECT other.id
FROM projects AS mine
INNER JOIN projects AS other ON other.id <> mine.id
WHERE
    mine.id = %(project_id)s
    AND mine.removed_at IS NULL
    AND other.removed_at IS NULL
    AND mine.story -> 'memory' -> 'share_with' ? other.id
    AND other.story -> 'memory' -> 'share_with' ? mine.id
ORDER BY other.id;
