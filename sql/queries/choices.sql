-- name: record_choice
-- Inserts a person's choice of a take. Returns no row.
INSERT INTO take_choices (id, take_id, who, why)
VALUES (%(id)s::uuid, %(take_id)s::uuid, %(who)s, %(why)s);

-- name: find_by_id
-- The choice with this id; no row if there is none.
SELECT id, take_id, who, why, "timestamp" FROM take_choices WHERE id = %(id)s::uuid;
