-- The columns that programs read of decisions and of takes, listed once for all queries.
CREATE VIEW decision_records AS
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message
FROM generation_decisions;

-- A take with what its decision says of how it was made.
CREATE VIEW take_records AS
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decisions.attempt, decisions.engine, decisions.engine_version, decisions.reasoning, decisions.duration_s,
    decisions.cpu_s, decisions.gpu_s, decisions.quality_score
FROM takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id;
