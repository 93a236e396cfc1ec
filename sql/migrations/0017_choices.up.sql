-- A person's choice between takes of the same thing: it counts as if the take had been made when it was chosen.
CREATE TABLE take_choices (
    id           uuid PRIMARY KEY DEFAULT new_id(),
    take_id      uuid NOT NULL REFERENCES takes (id),
    who          text NOT NULL CHECK (who <> ''),
    why          text NOT NULL CHECK (why <> ''),
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX take_choices_newest ON take_choices (take_id, "timestamp" DESC);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON take_choices FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON take_choices EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON take_choices FOR EACH ROW EXECUTE FUNCTION append_to_chain();

CREATE OR REPLACE VIEW take_records AS
SELECT
    takes.id, takes.decision_id, takes.brief_digest, takes.stage, takes.project_id, takes.episode_id, takes.scene_id,
    takes.shot_id, takes.line_id, takes.files, takes.measured, takes.details, takes.created_at,
    decisions.attempt, decisions.engine, decisions.engine_version, decisions.reasoning, decisions.duration_s,
    decisions.cpu_s, decisions.gpu_s, decisions.quality_score, takes.candidate_rank,
    (SELECT max(choices."timestamp") FROM take_choices AS choices WHERE choices.take_id = takes.id) AS chosen_at
FROM takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id;
