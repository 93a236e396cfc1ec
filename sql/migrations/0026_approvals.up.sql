-- Approvals: a person lets the stages go on that build on what an episode's stage has made. One binds the digest of what
-- was seen; a withdrawal ends every approval before it.
CREATE TABLE approvals (
    id           uuid PRIMARY KEY,
    project_id   text NOT NULL CHECK (project_id <> ''),
    episode_id   text NOT NULL CHECK (episode_id <> ''),
    what         text NOT NULL CHECK (what IN ('plan', 'keyframes', 'mix', 'master')),
    decision     text NOT NULL CHECK (decision IN ('approved', 'withdrawn')),
    digest       text NOT NULL,
    seen         jsonb NOT NULL,
    who          text NOT NULL CHECK (btrim(who) <> ''),
    why          text NOT NULL DEFAULT '',
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((decision = 'approved') = (digest <> ''))
);
CREATE INDEX approvals_episode ON approvals (project_id, episode_id, what, "timestamp" DESC);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON approvals EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON approvals FOR EACH ROW EXECUTE FUNCTION append_to_chain();
