-- The record is only ever added to: where graded scores are on record, the version before would take them for its own.
DO $$
BEGIN
    IF EXISTS (SELECT FROM generation_decisions WHERE score_version IS NOT NULL) THEN
        RAISE EXCEPTION 'graded scores are on record; the version before cannot tell them from its own'
            USING ERRCODE = 'restrict_violation';
    END IF;
END
$$;
DROP VIEW take_records;
CREATE VIEW take_records AS
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decisions.attempt, decisions.engine, decisions.engine_version, decisions.reasoning, decisions.duration_s,
    decisions.cpu_s, decisions.gpu_s, decisions.quality_score, takes.candidate_rank,
    (SELECT max(choices."timestamp") FROM take_choices AS choices WHERE choices.take_id = takes.id) AS chosen_at
FROM takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id;

DROP VIEW decision_records;
CREATE VIEW decision_records AS
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message, failure_cause(status, cause, error_message) AS cause
FROM generation_decisions;

DROP FUNCTION graded_score(double precision, smallint);

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

ALTER TABLE generation_decisions
    DROP CONSTRAINT generation_decisions_scale_check,
    DROP COLUMN score_version;

DELETE FROM workflow_profiles_daily;
UPDATE workflow_profiles_state SET summed_until = '-infinity';
