-- What people ruled about takes. Of a content the newest of rejected and readmitted stands, for a whole show: making the
-- same picture again does not bring it back. Of a place in the story, the newest of locked and released stands.
CREATE TABLE take_rulings (
    id              uuid PRIMARY KEY,
    take_id         uuid NOT NULL REFERENCES takes (id),
    ruling          text NOT NULL CHECK (ruling IN ('rejected', 'readmitted', 'locked', 'released')),
    project_id      text NOT NULL,
    episode_id      text NOT NULL,
    scene_id        text NOT NULL,
    shot_id         text NOT NULL,
    line_id         text NOT NULL,
    stage           text NOT NULL,
    content_sha256  text NOT NULL,
    reason          text NOT NULL DEFAULT '',
    note            text NOT NULL DEFAULT '',
    frame           integer CHECK (frame >= 0),
    region          integer[] CHECK (array_length(region, 1) = 4),
    feedback_id     uuid REFERENCES feedback (id),
    who             text NOT NULL CHECK (btrim(who) <> ''),
    "timestamp"     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((ruling = 'rejected') = (reason <> '')),
    CHECK (ruling = 'rejected' OR (btrim(note) <> '' AND frame IS NULL AND region IS NULL AND feedback_id IS NULL))
);
CREATE INDEX take_rulings_content ON take_rulings (project_id, stage, content_sha256, "timestamp" DESC);
CREATE INDEX take_rulings_place ON take_rulings (project_id, episode_id, scene_id, shot_id, line_id, stage);
CREATE INDEX take_rulings_take ON take_rulings (take_id);
CREATE INDEX takes_content ON takes ((files #>> '{main,sha256}'));
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON take_rulings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON take_rulings EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON take_rulings FOR EACH ROW EXECUTE FUNCTION append_to_chain();

-- The rejections that stand.
CREATE VIEW standing_rejections AS
SELECT newest.*
FROM (
    SELECT DISTINCT ON (project_id, stage, content_sha256) *
    FROM take_rulings
    WHERE ruling IN ('rejected', 'readmitted')
    ORDER BY project_id, stage, content_sha256, "timestamp" DESC, id DESC
) AS newest
WHERE newest.ruling = 'rejected';

-- The locks that stand, with the level of quality that their takes were made at: each level has takes of its own.
CREATE VIEW standing_locks AS
SELECT newest.*
FROM (
    SELECT DISTINCT ON (
        rulings.project_id, rulings.episode_id, rulings.scene_id, rulings.shot_id, rulings.line_id, rulings.stage, made.quality
    )
        rulings.*, made.quality
    FROM take_rulings AS rulings
    INNER JOIN takes ON takes.id = rulings.take_id
    INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id
    CROSS JOIN LATERAL (
        SELECT coalesce(decisions.parameters #>> '{brief,quality}', 'standard') AS quality
    ) AS made
    WHERE rulings.ruling IN ('locked', 'released')
    ORDER BY
        rulings.project_id, rulings.episode_id, rulings.scene_id, rulings.shot_id, rulings.line_id, rulings.stage,
        made.quality, rulings."timestamp" DESC, rulings.id DESC
) AS newest
WHERE newest.ruling = 'locked';

-- A take is accepted when each measure's newest verdict passed, or a person waived its gate, and no person rejected what
-- it shows; unjudged is not accepted.
CREATE OR REPLACE VIEW accepted_takes AS
SELECT newest.take_id
FROM (
    SELECT DISTINCT ON (take_id, gate, measure) take_id, gate, passed
    FROM verdicts
    ORDER BY take_id, gate, measure, id DESC
) AS newest
WHERE newest.take_id NOT IN (
    SELECT takes.id
    FROM standing_rejections AS rejections INNER JOIN takes
        ON takes.files #>> '{main,sha256}' = rejections.content_sha256
        AND takes.stage = rejections.stage
        AND takes.project_id = rejections.project_id
)
GROUP BY newest.take_id
HAVING bool_and(
    newest.passed
    OR EXISTS (SELECT FROM waivers WHERE waivers.take_id = newest.take_id AND waivers.gate = newest.gate)
);
