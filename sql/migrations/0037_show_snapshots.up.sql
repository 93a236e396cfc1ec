-- The shows' files as runs on other machines were given them: each content once, whatever files hold it.
CREATE TABLE show_file_contents (
    sha256   text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    content  bytea NOT NULL
);

CREATE TABLE show_snapshots (
    digest    text PRIMARY KEY CHECK (digest <> ''),
    files     jsonb NOT NULL, -- SHA-256 by path
    saved_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
