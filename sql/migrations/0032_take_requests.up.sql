-- What people ask to be otherwise in another take of a shot. Of a shot and stage the newest request stands; one without
-- words and seed takes those before it back. What was made for an earlier one stays valid.
CREATE TABLE take_requests (
    id           uuid PRIMARY KEY,
    project_id   text NOT NULL CHECK (project_id <> ''),
    episode_id   text NOT NULL CHECK (episode_id <> ''),
    scene_id     text NOT NULL CHECK (scene_id <> ''),
    shot_id      text NOT NULL CHECK (shot_id <> ''),
    stage        text NOT NULL CHECK (stage IN ('keyframe', 'clip')),
    shows        text NOT NULL, -- digest of what the shot showed; '' of one that takes back
    words        text NOT NULL DEFAULT '',
    seed         bigint CHECK (seed BETWEEN 0 AND 4294967295),
    refined      jsonb NOT NULL DEFAULT '[]', -- parts of prompts that a director service made of the words
    why          text NOT NULL DEFAULT '',
    feedback_id  uuid REFERENCES feedback (id),
    who          text NOT NULL CHECK (btrim(who) <> ''),
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((words = '' AND seed IS NULL) = (shows = '')),
    CHECK (shows <> '' OR btrim(why) <> '')
);
CREATE INDEX take_requests_shot ON take_requests (project_id, episode_id, scene_id, shot_id, stage, "timestamp" DESC);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON take_requests FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON take_requests EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON take_requests FOR EACH ROW EXECUTE FUNCTION append_to_chain();
