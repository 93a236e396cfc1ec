-- name: record_waiver
-- Inserts a waiver. No row when the same person has waived the gate for the same reason, else one row with the new id.
INSERT INTO waivers (take_id, gate, who, why)
VALUES (%(take_id)s::uuid, %(gate)s, %(who)s, %(why)s)
ON CONFLICT (take_id, gate, who, why) DO NOTHING
RETURNING id;

-- name: find_waiver
-- The waiver of this gate by this person for this reason; no row if it is not on record.
SELECT id, take_id, gate, who, why, "timestamp"
FROM waivers
WHERE take_id = %(take_id)s::uuid AND gate = %(gate)s AND who = %(who)s AND why = %(why)s;

-- name: find_by_takes
-- Every waiver on these takes, oldest first; no row if no gate was waived.
SELECT id, take_id, gate, who, why, "timestamp"
FROM waivers
WHERE take_id = ANY(%(take_ids)s::uuid[])
ORDER BY "timestamp", id;

-- name: list_page
-- Waivers on the takes of a show, an episode or a shot, newest first; no row if nothing was waived.
-- They are those before a given time and id; what is '' narrows nothing.
SELECT
    waivers.id, waivers.take_id, waivers.gate, waivers.who, waivers.why, waivers."timestamp", takes.stage,
    takes.project_id, takes.episode_id, takes.scene_id, takes.shot_id, takes.line_id
FROM waivers INNER JOIN takes ON takes.id = waivers.take_id
WHERE
    %(project_id)s IN ('', takes.project_id)
    AND %(episode_id)s IN ('', takes.episode_id)
    AND %(scene_id)s IN ('', takes.scene_id)
    AND %(shot_id)s IN ('', takes.shot_id)
    AND (waivers."timestamp", waivers.id) < (%(before)s::timestamptz, %(before_id)s::uuid)
ORDER BY waivers."timestamp" DESC, waivers.id DESC
LIMIT %(limit)s;
