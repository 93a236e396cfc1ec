-- What came of a director's answer, and the creative session it belongs to. Nullable: the digests of rows from before
-- do not change.
ALTER TABLE ai_consultations
    ADD COLUMN duration_s double precision CHECK (duration_s >= 0),
    ADD COLUMN used text,
    ADD COLUMN overruled text[],
    ADD COLUMN session_id uuid REFERENCES creative_sessions (id);
CREATE INDEX ai_consultations_session ON ai_consultations (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX generation_decisions_session ON generation_decisions (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX creative_sessions_project ON creative_sessions (project_id, started_at);
