-- name: find_digest
-- The state as of which something was last copied to the record; no row if it never was.
SELECT digest FROM mirrors WHERE name = %(name)s;

-- name: save_digest
-- Notes the state as of which something was copied to the record. Returns no row.
INSERT INTO mirrors (name, digest)
VALUES (%(name)s, %(digest)s)
ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, mirrored_at = clock_timestamp();
