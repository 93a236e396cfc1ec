-- The scale of a decision's score: NULL is the first one, on which every accepted take had 1; 2 is the graded one. Nullable:
-- the digests of rows from before do not change, and neither do their scores.
ALTER TABLE generation_decisions
    ADD COLUMN score_version smallint CHECK (score_version >= 2),
    ADD CONSTRAINT generation_decisions_scale_check CHECK (score_version IS NULL OR quality_score IS NOT NULL);

CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    outcome text[] := ARRAY[
        'status', 'quality_score', 'score_version', 'started_at', 'finished_at', 'duration_s', 'cpu_s', 'gpu_s',
        'error_message', 'cause'
    ];
    score text[] := ARRAY['quality_score', 'score_version'];
    is_open boolean := OLD.status IN ('pending', 'running');
BEGIN
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome THEN
        RAISE EXCEPTION 'decision %: what was decided never changes', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (NOT is_open OR NEW.status = 'pending') THEN
        RAISE EXCEPTION 'decision %: a status only moves forward, not from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF
        OLD.quality_score IS NOT NULL
        AND (NEW.quality_score, NEW.score_version) IS DISTINCT FROM (OLD.quality_score, OLD.score_version)
    THEN
        RAISE EXCEPTION 'decision %: quality_score is set once', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT is_open AND to_jsonb(NEW) - score IS DISTINCT FROM to_jsonb(OLD) - score THEN
        RAISE EXCEPTION 'decision %: it has ended as %, nothing about that changes', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- A score on today's scale; NULL for one of an earlier scale, which is comparable with none of today's.
CREATE FUNCTION graded_score(quality_score double precision, score_version smallint)
RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN score_version = 2 THEN quality_score END
$$;

CREATE OR REPLACE VIEW decision_records AS
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message, failure_cause(status, cause, error_message) AS cause, score_version
FROM generation_decisions;

CREATE OR REPLACE VIEW take_records AS
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decisions.attempt, decisions.engine, decisions.engine_version, decisions.reasoning, decisions.duration_s,
    decisions.cpu_s, decisions.gpu_s, decisions.quality_score, takes.candidate_rank,
    (SELECT max(choices."timestamp") FROM take_choices AS choices WHERE choices.take_id = takes.id) AS chosen_at,
    decisions.score_version
FROM takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id;

-- Only graded scores of accepted takes are summed, and the mean scores of patterns are formed anew by the next report.
DELETE FROM workflow_profiles_daily;
UPDATE workflow_profiles_state SET summed_until = '-infinity';
UPDATE learned_patterns SET mean_score = NULL;
