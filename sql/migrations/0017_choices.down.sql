DROP VIEW take_records;
CREATE VIEW take_records AS
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decisions.attempt, decisions.engine, decisions.engine_version, decisions.reasoning, decisions.duration_s,
    decisions.cpu_s, decisions.gpu_s, decisions.quality_score, takes.candidate_rank
FROM takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id;
DROP TABLE take_choices;
