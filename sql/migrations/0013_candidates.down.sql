-- The record is only ever added to: where a decision has several takes, this version cannot be left.
DO $$
BEGIN
    IF EXISTS (SELECT FROM takes WHERE candidate_rank > 0) THEN
        RAISE EXCEPTION 'decisions with several candidates are on record; the version before cannot hold them'
            USING ERRCODE = 'restrict_violation';
    END IF;
END
$$;
DROP VIEW decided_takes;
DROP VIEW take_records;
CREATE VIEW take_records AS
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decisions.attempt, decisions.engine, decisions.engine_version, decisions.reasoning, decisions.duration_s,
    decisions.cpu_s, decisions.gpu_s, decisions.quality_score
FROM takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id;
DROP INDEX takes_candidate;
ALTER TABLE takes ADD CONSTRAINT takes_decision_id_key UNIQUE (decision_id);
ALTER TABLE takes DROP COLUMN candidate_rank;
