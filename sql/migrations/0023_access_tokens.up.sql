-- Who may talk to the web server: bearer tokens, and the sessions of those who signed in with one.
--
-- Of secrets only SHA-256 digests are stored. Tokens are part of the audit record, since names of persons stand on it
-- by them; a token is never changed but for being revoked, once. Sessions are not: they end, and are deleted.
CREATE TABLE access_tokens (
    id            uuid PRIMARY KEY DEFAULT new_id(),
    name          text NOT NULL CHECK (btrim(name) <> ''),
    scope         text NOT NULL CHECK (scope IN ('read', 'direct', 'spend')),
    token_sha256  text NOT NULL UNIQUE CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by    text NOT NULL CHECK (created_by <> ''),
    expires_at    timestamptz CHECK (expires_at > created_at),
    revoked_at    timestamptz,
    revoked_by    text,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE UNIQUE INDEX access_tokens_name ON access_tokens (lower(name)) WHERE revoked_at IS NULL;

CREATE TABLE sign_in_sessions (
    session_sha256  text PRIMARY KEY CHECK (session_sha256 ~ '^[0-9a-f]{64}$'),
    token_id        uuid NOT NULL REFERENCES access_tokens (id),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX sign_in_sessions_token ON sign_in_sessions (token_id, created_at DESC);

CREATE FUNCTION guard_access_token() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    revocation text[] := ARRAY['revoked_at', 'revoked_by'];
BEGIN
    IF to_jsonb(NEW) - revocation IS DISTINCT FROM to_jsonb(OLD) - revocation OR OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'token %: nothing of it changes but that it is revoked, once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER only_revoked BEFORE UPDATE ON access_tokens FOR EACH ROW EXECUTE FUNCTION guard_access_token();
CREATE TRIGGER never_deleted BEFORE DELETE ON access_tokens FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON access_tokens EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT OR UPDATE ON access_tokens FOR EACH ROW EXECUTE FUNCTION append_to_chain();
