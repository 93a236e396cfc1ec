-- One job may make several candidates of a picture. All are takes of its decision, ranked by their scores when they were
-- judged; NULL where a decision has one take only, so that the digests of older rows stay as they are.
ALTER TABLE takes ADD COLUMN candidate_rank smallint CHECK (candidate_rank >= 0);
ALTER TABLE takes DROP CONSTRAINT takes_decision_id_key;
CREATE UNIQUE INDEX takes_candidate ON takes (decision_id, coalesce(candidate_rank, 0));

CREATE OR REPLACE VIEW take_records AS
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decisions.attempt, decisions.engine, decisions.engine_version, decisions.reasoning, decisions.duration_s,
    decisions.cpu_s, decisions.gpu_s, decisions.quality_score, takes.candidate_rank
FROM takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id;

-- The take that stands for its decision: its only one, or the best of its candidates.
CREATE VIEW decided_takes AS SELECT * FROM takes WHERE coalesce(candidate_rank, 0) = 0;
