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
