-- Memory: what a fact is compared by, which facts still hold, words that are searched whatever the script, and an
-- embedding where the server has pgvector. What was said is never changed: only its end is written, once.

ALTER TABLE facts
    DROP COLUMN words, -- with its index; it split no words of scripts without spaces, and kept accents
    ADD COLUMN subject_key text NOT NULL DEFAULT '',
    ADD COLUMN predicate_key text NOT NULL DEFAULT '',
    ADD COLUMN object_key text NOT NULL DEFAULT '',
    ADD COLUMN words tsvector NOT NULL DEFAULT '',
    ADD COLUMN ended_at timestamptz;

UPDATE facts
SET
    subject_key = lower(subject),
    predicate_key = lower(predicate),
    object_key = lower(object),
    words = setweight(to_tsvector('simple', subject), 'A')
        || setweight(to_tsvector('simple', predicate), 'B')
        || setweight(to_tsvector('simple', object), 'C'),
    ended_at = CASE WHEN superseded_by IS NOT NULL THEN "timestamp" END;

ALTER TABLE facts
    ALTER COLUMN subject_key DROP DEFAULT,
    ALTER COLUMN predicate_key DROP DEFAULT,
    ALTER COLUMN object_key DROP DEFAULT,
    ALTER COLUMN words DROP DEFAULT,
    -- The old fact ends before the new one is there: a source says a thing once.
    ALTER CONSTRAINT facts_superseded_by_fkey DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT facts_superseded_have_ended CHECK (superseded_by IS NULL OR ended_at IS NOT NULL);

DROP INDEX facts_exact;
CREATE INDEX facts_exact ON facts (project_id, subject_key, predicate_key);
CREATE INDEX facts_predicate ON facts (project_id, predicate_key);
-- Objects may be longer than an index entry can be; their hashes are not.
CREATE INDEX facts_object ON facts (project_id, md5(object_key));
CREATE INDEX facts_time ON facts (project_id, "timestamp");
CREATE INDEX facts_superseded ON facts (superseded_by) WHERE superseded_by IS NOT NULL;
-- A source says a thing once: two processes that store the same fact at the same moment leave one.
CREATE UNIQUE INDEX facts_said_once ON facts (project_id, subject_key, predicate_key, md5(object_key), source)
    WHERE ended_at IS NULL;
-- Without fastupdate: a search never pays for the facts stored just before it.
CREATE INDEX facts_words ON facts USING gin (words) WITH (fastupdate = off) WHERE ended_at IS NULL;

CREATE FUNCTION guard_fact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['ended_at', 'superseded_by', 'embedding', 'embedding_model'];
BEGIN
    IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later THEN
        RAISE EXCEPTION 'fact %: what was said never changes; store what holds now', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ended_at IS NOT NULL
        AND (OLD.ended_at, OLD.superseded_by) IS DISTINCT FROM (NEW.ended_at, NEW.superseded_by) THEN
        RAISE EXCEPTION 'fact %: it has ended, nothing about that changes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER only_ends BEFORE UPDATE ON facts FOR EACH ROW EXECUTE FUNCTION guard_fact();
CREATE TRIGGER never_deleted BEFORE DELETE ON facts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON facts EXECUTE FUNCTION refuse_change();

-- Optional: without pgvector, or without the right to install it, facts are found by their words alone.
DO $$
BEGIN
    IF to_regtype('halfvec') IS NULL AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
        BEGIN
            CREATE EXTENSION vector;
            COMMENT ON EXTENSION vector IS 'installed by tower for facts.embedding';
        EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
            RAISE NOTICE 'pgvector cannot be installed here: %', SQLERRM;
        END;
    END IF;
    IF to_regtype('halfvec') IS NOT NULL THEN -- pgvector 0.7 and later
        ALTER TABLE facts ADD COLUMN embedding halfvec, ADD COLUMN embedding_model text;
    END IF;
END
$$;
