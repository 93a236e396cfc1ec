-- name: waive
-- Puts a waiver on record; one row, or none when the same person said the same before.
INSERT INTO waivers (take_id, gate, who, why)
VALUES (%(take_id)s::uuid, %(gate)s, %(who)s, %(why)s)
ON CONFLICT (take_id, gate, who, why) DO NOTHING
RETURNING id, take_id, gate, who, why, "timestamp";

-- name: find_same
-- The waiver that says just this; no row when there is none.
SELECT id, take_id, gate, who, why, "timestamp"
FROM waivers
WHERE take_id = %(take_id)s::uuid AND gate = %(gate)s AND who = %(who)s AND why = %(why)s;

-- name: find_by_takes
-- Every waiver on these takes, oldest first.
SELECT id, take_id, gate, who, why, "timestamp"
FROM waivers
WHERE take_id = ANY(%(take_ids)s::uuid[])
ORDER BY "timestamp", id;
