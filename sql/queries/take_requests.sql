-- name: record_request
-- Inserts what a person asks of another take of a shot. No row when its id is on record already, else one with the id.
INSERT INTO take_requests (
    id, project_id, episode_id, scene_id, shot_id, stage, shows, words, seed, refined, why, feedback_id, who
)
VALUES (
    %(id)s::uuid, %(project_id)s, %(episode_id)s, %(scene_id)s, %(shot_id)s, %(stage)s, %(shows)s, %(words)s,
    %(seed)s::bigint, %(refined)s, %(why)s, %(feedback_id)s::uuid, %(who)s
)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: find_by_id
-- The request with this id; no row if there is none.
SELECT id FROM take_requests WHERE id = %(id)s::uuid;

-- name: list_by_episode
-- Every request about the shots of an episode, newest first; no row if nobody asked for anything.
SELECT id, project_id, episode_id, scene_id, shot_id, stage, shows, words, seed, refined, why, who, "timestamp"
FROM take_requests
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s
ORDER BY "timestamp" DESC, id DESC;
