-- name: add_token
-- Inserts a token by its digest; nothing if it is on record already. Returns no row.
INSERT INTO access_tokens (name, scope, token_sha256, created_by, expires_at)
VALUES (%(name)s, %(scope)s, %(token_sha256)s, %(created_by)s, clock_timestamp() + make_interval(days => %(days)s::int))
ON CONFLICT (token_sha256) DO NOTHING;

-- name: find_token
-- The token with this digest, revoked or not; no row if there is none.
SELECT
    id, name, scope, created_at, created_by, expires_at, revoked_at, revoked_by,
    coalesce(expires_at <= clock_timestamp(), false) AS is_expired
FROM access_tokens
WHERE token_sha256 = %(token_sha256)s;

-- name: find_unrevoked
-- The token of this name, in any case, that is not revoked, expired or not; no row if there is none.
SELECT
    id, name, scope, created_at, created_by, expires_at, revoked_at, revoked_by,
    coalesce(expires_at <= clock_timestamp(), false) AS is_expired
FROM access_tokens
WHERE lower(name) = lower(%(name)s) AND revoked_at IS NULL;

-- name: list_tokens
-- Every token, the oldest first; no row if none was ever added.
SELECT
    id, name, scope, created_at, created_by, expires_at, revoked_at, revoked_by,
    coalesce(expires_at <= clock_timestamp(), false) AS is_expired
FROM access_tokens
ORDER BY created_at, id;

-- name: revoke_token
-- Revokes a token, once. Returns no row.
UPDATE access_tokens
SET revoked_at = clock_timestamp(), revoked_by = %(revoked_by)s
WHERE id = %(id)s::uuid AND revoked_at IS NULL;

-- name: delete_sessions
-- Deletes every session of a token. Returns no row.
DELETE FROM sign_in_sessions WHERE token_id = %(id)s::uuid;

-- name: list_credentials
-- Every token that is not revoked and every session of theirs that has not ended, by digest; no row if there is none.
-- With whom it stands for, and how many seconds it has left: null for no end, negative for a token that has expired.
SELECT
    token_sha256 AS secret_sha256, name, scope, false AS is_session,
    extract(epoch FROM expires_at - clock_timestamp())::float8 AS left_s
FROM access_tokens
WHERE revoked_at IS NULL
UNION ALL
SELECT
    sessions.session_sha256, tokens.name, tokens.scope, true,
    extract(epoch FROM sessions.expires_at - clock_timestamp())::float8
FROM sign_in_sessions AS sessions INNER JOIN access_tokens AS tokens ON tokens.id = sessions.token_id
WHERE tokens.revoked_at IS NULL AND sessions.expires_at > clock_timestamp();

-- name: open_session
-- Inserts a session of the token with this digest, which ends with its token at the latest.
-- One row: how many seconds it has; no row if no valid token has this digest.
INSERT INTO sign_in_sessions (session_sha256, token_id, expires_at)
SELECT
    %(session_sha256)s, tokens.id,
    least(tokens.expires_at, clock_timestamp() + make_interval(secs => %(longest_s)s::float8))
FROM access_tokens AS tokens
WHERE
    tokens.token_sha256 = %(token_sha256)s AND tokens.revoked_at IS NULL
    AND (tokens.expires_at IS NULL OR tokens.expires_at > clock_timestamp())
ON CONFLICT (session_sha256) DO UPDATE SET expires_at = excluded.expires_at
RETURNING extract(epoch FROM expires_at - clock_timestamp())::float8 AS left_s;

-- name: delete_old_sessions
-- Deletes sessions that have ended, and all but the newest of a token's. Returns no row.
DELETE FROM sign_in_sessions
WHERE
    expires_at <= clock_timestamp()
    OR session_sha256 IN (
        SELECT sessions.session_sha256
        FROM sign_in_sessions AS sessions INNER JOIN access_tokens AS tokens ON tokens.id = sessions.token_id
        WHERE tokens.token_sha256 = %(token_sha256)s
        ORDER BY sessions.created_at DESC, sessions.session_sha256
        OFFSET %(kept)s::int
    );

-- name: delete_session
-- Deletes a session. Returns no row.
DELETE FROM sign_in_sessions WHERE session_sha256 = %(session_sha256)s;
