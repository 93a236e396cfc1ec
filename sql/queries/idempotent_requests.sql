-- name: begin_request
-- Inserts a request that is about to be carried out. One row; no row if this caller's key is on record already.
INSERT INTO idempotent_requests (caller, key, request_sha256, server_id)
VALUES (%(caller)s, %(key)s, %(request_sha256)s, %(server_id)s::uuid)
ON CONFLICT (caller, key) DO NOTHING
RETURNING key;

-- name: find_request
-- A caller's request by its key, with its answer once there is one; no row if there is none.
SELECT request_sha256, server_id::text AS server_id, status, headers, body
FROM idempotent_requests
WHERE caller = %(caller)s AND key = %(key)s;

-- name: finish_request
-- Records the answer to a request. Returns no row.
UPDATE idempotent_requests
SET status = %(status)s, headers = %(headers)s, body = %(body)s
WHERE caller = %(caller)s AND key = %(key)s;

-- name: forget_request
-- Deletes a request that changed nothing, so that its key can be used again. Returns no row.
DELETE FROM idempotent_requests WHERE caller = %(caller)s AND key = %(key)s;

-- name: forget_old_requests
-- Deletes requests that nobody sends again. Returns no row.
DELETE FROM idempotent_requests WHERE created_at < clock_timestamp() - make_interval(hours => %(hours)s::int);
