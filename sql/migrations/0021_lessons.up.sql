-- What a director says that it learned from an accepted or exhausted shot: each decision is told to a director once.
-- Part of the audit record, so it is only ever added to.
CREATE TABLE lessons (
    id               uuid PRIMARY KEY DEFAULT new_id(),
    decision_id      uuid NOT NULL REFERENCES generation_decisions (id),
    consultation_id  uuid NOT NULL REFERENCES ai_consultations (id),
    director         text NOT NULL CHECK (director <> ''),
    ending          text NOT NULL CHECK (ending IN ('accepted', 'exhausted')),
    scores           jsonb NOT NULL,
    learned          text[] NOT NULL,
    recommendations  text[] NOT NULL,
    confidences      jsonb NOT NULL,
    "timestamp"      timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (decision_id, director)
);
CREATE INDEX lessons_newest ON lessons ("timestamp" DESC);

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON lessons FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON lessons EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON lessons FOR EACH ROW EXECUTE FUNCTION append_to_chain();

-- A lesson with where in the story its decision belongs.
CREATE VIEW lesson_records AS
SELECT
    lessons.id, lessons.decision_id, lessons.consultation_id, lessons.director, lessons.ending, lessons.scores,
    lessons.learned, lessons.recommendations, lessons.confidences, lessons."timestamp",
    decisions.decision_type AS stage, decisions.project_id, decisions.episode_id, decisions.scene_id, decisions.shot_id
FROM lessons INNER JOIN generation_decisions AS decisions ON decisions.id = lessons.decision_id;
