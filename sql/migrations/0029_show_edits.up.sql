-- Edits of a show's files that people made here. The files stay the truth: who edits them elsewhere leaves no row.
CREATE TABLE show_edits (
    id             uuid PRIMARY KEY,
    project_id     text NOT NULL CHECK (project_id <> ''),
    episode_id     text NOT NULL, -- '' for a file of the whole show
    file           text NOT NULL CHECK (file <> ''),
    before_sha256  text NOT NULL, -- '' for a file that was made
    after_sha256   text NOT NULL CHECK (after_sha256 <> ''),
    lines_added    integer NOT NULL CHECK (lines_added >= 0),
    lines_removed  integer NOT NULL CHECK (lines_removed >= 0),
    diff           text NOT NULL, -- '' where it would be too long to keep
    faults         integer NOT NULL CHECK (faults >= 0),
    who            text NOT NULL CHECK (btrim(who) <> ''),
    why            text NOT NULL DEFAULT '',
    "timestamp"    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX show_edits_show ON show_edits (project_id, episode_id, "timestamp" DESC);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON show_edits FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON show_edits EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON show_edits FOR EACH ROW EXECUTE FUNCTION append_to_chain();
