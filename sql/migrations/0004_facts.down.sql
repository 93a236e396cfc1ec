-- Takes away what 0004_facts.up.sql added, with what those columns say: facts that have ended without a successor
-- look current again.
DROP TRIGGER never_truncated ON facts;
DROP TRIGGER never_deleted ON facts;
DROP TRIGGER only_ends ON facts;
DROP FUNCTION guard_fact();
DROP INDEX facts_words;
DROP INDEX facts_said_once;
DROP INDEX facts_superseded;
DROP INDEX facts_time;
DROP INDEX facts_object;
DROP INDEX facts_predicate;
DROP INDEX facts_exact;
ALTER TABLE facts
    ALTER CONSTRAINT facts_superseded_by_fkey NOT DEFERRABLE,
    DROP CONSTRAINT facts_superseded_have_ended,
    DROP COLUMN subject_key,
    DROP COLUMN predicate_key,
    DROP COLUMN object_key,
    DROP COLUMN words,
    DROP COLUMN ended_at,
    DROP COLUMN IF EXISTS embedding,
    DROP COLUMN IF EXISTS embedding_model,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', subject), 'A')
        || setweight(to_tsvector('simple', predicate), 'B')
        || setweight(to_tsvector('simple', object), 'C')
    ) STORED;
CREATE INDEX facts_exact ON facts (project_id, subject, predicate);
CREATE INDEX facts_words ON facts USING gin (words);

-- Only an extension that the migration itself installed goes, and only while nobody else has come to use it.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_extension
        WHERE extname = 'vector' AND obj_description(oid, 'pg_extension') = 'installed by tower for facts.embedding'
    ) THEN
        DROP EXTENSION vector;
    END IF;
EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'pgvector stays: other tables use it by now';
END
$$;
