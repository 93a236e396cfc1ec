-- name: lock_stores
-- Has everybody else who names a media store wait until the transaction ends. One empty row.
SELECT pg_advisory_xact_lock(hashtextextended('tower.media_stores', 0))::text AS held;

-- name: find_newest
-- The media store of the record; no row before one was named.
SELECT store_id, address, who, why, "timestamp" FROM media_stores ORDER BY id DESC LIMIT 1;

-- name: record_store
-- Names the media store of the record, unless it is the one already. Returns no row.
INSERT INTO media_stores (store_id, address, who, why)
SELECT %(store_id)s, %(address)s, %(who)s, %(why)s
WHERE %(store_id)s IS DISTINCT FROM (SELECT store_id FROM media_stores ORDER BY id DESC LIMIT 1);

-- name: list_needed
-- The digest of every file of a take, every picture sent to a server, and whatever else decisions name, such as masks.
SELECT file.value ->> 'sha256' AS sha256
FROM takes CROSS JOIN jsonb_each(takes.files) AS file
UNION
SELECT upload.value ->> 'sha256'
FROM workflow_history CROSS JOIN jsonb_array_elements(coalesce(workflow_history.uploads, '[]'::jsonb)) AS upload
UNION
SELECT (regexp_matches(generation_decisions.parameters::text, '[0-9a-f]{64}', 'g'))[1]
FROM generation_decisions;
