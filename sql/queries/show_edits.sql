-- name: lock_file
-- Has everybody else who edits a file of a show wait until the transaction ends. One empty row.
SELECT pg_advisory_xact_lock(hashtextextended('tower.show_edit:' || %(project_id)s || '/' || %(file)s, 0))::text AS held;

-- name: record_edit
-- Inserts an edit of a show's file. No row when its id is on record already, else one row with the id.
INSERT INTO show_edits (
    id, project_id, episode_id, file, before_sha256, after_sha256, lines_added, lines_removed, diff, faults, who, why
)
VALUES (
    %(id)s::uuid, %(project_id)s, %(episode_id)s, %(file)s, %(before_sha256)s, %(after_sha256)s, %(lines_added)s,
    %(lines_removed)s, %(diff)s, %(faults)s, %(who)s, %(why)s
)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: list_by_episode
-- Every edit of an episode's script and of its show's files, oldest first; no row if there is none.
SELECT
    id, project_id, episode_id, file, before_sha256, after_sha256, lines_added, lines_removed, diff, faults, who, why,
    "timestamp"
FROM show_edits
WHERE project_id = %(project_id)s AND episode_id IN ('', %(episode_id)s)
ORDER BY "timestamp", id;

-- name: find_newest_of_file
-- The newest edit of a file of a show; no row if there is none.
SELECT
    id, project_id, episode_id, file, before_sha256, after_sha256, lines_added, lines_removed, diff, faults, who, why,
    "timestamp"
FROM show_edits
WHERE project_id = %(project_id)s AND file = %(file)s
ORDER BY "timestamp" DESC, id DESC
LIMIT 1;
