-- Why a decision gave no take, so that nobody has to read its message: see `Cause` in errors.py. NULL where it gave one,
-- where it is open, and in rows that are older than this column.
ALTER TABLE generation_decisions ADD COLUMN cause text CHECK (
    cause IN ('interrupted', 'server_lost', 'out_of_memory', 'broken_graph', 'other')
);

CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    outcome text[] := ARRAY[
        'status', 'quality_score', 'started_at', 'finished_at', 'duration_s', 'cpu_s', 'gpu_s', 'error_message',
        'cause'
    ];
    is_open boolean := OLD.status IN ('pending', 'running');
BEGIN
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome THEN
        RAISE EXCEPTION 'decision %: what was decided never changes', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (NOT is_open OR NEW.status = 'pending') THEN
        RAISE EXCEPTION 'decision %: a status only moves forward, not from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.quality_score IS NOT NULL AND NEW.quality_score IS DISTINCT FROM OLD.quality_score THEN
        RAISE EXCEPTION 'decision %: quality_score is set once', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT is_open AND to_jsonb(NEW) - 'quality_score'::text IS DISTINCT FROM to_jsonb(OLD) - 'quality_score'::text THEN
        RAISE EXCEPTION 'decision %: it has ended as %, nothing about that changes', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- The cause of a decision's end, NULL unless it failed. Rows from before the column are told by their messages: here
-- alone, for what has ended never changes.
CREATE FUNCTION failure_cause(status text, cause text, error_message text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN cause IS NOT NULL OR status NOT IN ('failed', 'lost', 'cancelled') THEN cause
        WHEN status = 'cancelled' OR error_message ~ '^RenderFailed: [^\n]* was interrupted' THEN 'interrupted'
        WHEN status = 'lost' OR error_message ~ '^(ServiceUnavailable|RenderLost)' THEN 'server_lost'
        WHEN error_message ~* '^RenderFailed: .*(out of memory|OutOfMemoryError|Allocation on device)' THEN 'out_of_memory'
        WHEN error_message ~ '^(RenderFailed|_Refused|MediaError):' THEN 'broken_graph'
        ELSE 'other'
    END
$$;

CREATE OR REPLACE VIEW decision_records AS
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message, failure_cause(status, cause, error_message) AS cause
FROM generation_decisions;

-- When somebody had the failures of a workflow ('comfyui:NAME'), a server (its address) or of everything ('') forgotten.
CREATE TABLE breaker_resets (
    id           uuid PRIMARY KEY DEFAULT new_id(),
    subject      text NOT NULL,
    who          text NOT NULL CHECK (who <> ''),
    why          text NOT NULL DEFAULT '',
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON breaker_resets FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON breaker_resets EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON breaker_resets FOR EACH ROW EXECUTE FUNCTION append_to_chain();

-- Which runs count has changed: the profiles are formed anew.
DELETE FROM workflow_profiles_daily;
UPDATE workflow_profiles_state SET summed_until = '-infinity';
