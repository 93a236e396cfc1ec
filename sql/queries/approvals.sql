-- name: lock_approvals
-- Has everybody else who approves something of an episode wait until the transaction ends. One empty row.
SELECT pg_advisory_xact_lock(hashtextextended('tower.approval:' || %(episode)s, 0))::text AS held;

-- name: record_approval
-- Inserts an approval or a withdrawal. No row when its id is on record already, else one row with the id.
INSERT INTO approvals (id, project_id, episode_id, what, decision, digest, seen, who, why)
VALUES (
    %(id)s::uuid, %(project_id)s, %(episode_id)s, %(what)s, %(decision)s, %(digest)s, %(seen)s, %(who)s, %(why)s
)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: list_by_episode
-- Every approval and withdrawal of an episode, oldest first; no row if there is none.
SELECT id, project_id, episode_id, what, decision, digest, seen, who, why, "timestamp"
FROM approvals
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s
ORDER BY "timestamp", id;
