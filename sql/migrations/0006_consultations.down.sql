-- Takes away what 0006_consultations.up.sql added, with what those columns say of past consultations.
DROP INDEX creative_sessions_project;
DROP INDEX generation_decisions_session;
DROP INDEX ai_consultations_session;
ALTER TABLE ai_consultations
    DROP COLUMN duration_s,
    DROP COLUMN used,
    DROP COLUMN overruled,
    DROP COLUMN session_id;
