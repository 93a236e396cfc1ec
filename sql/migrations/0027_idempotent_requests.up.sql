-- Answers to requests that change something, by the key that their sender chose: sent again, they are answered as before
-- and carried out once. No part of the audit record: what they did is.
CREATE TABLE idempotent_requests (
    caller          text NOT NULL,
    key             text NOT NULL CHECK (key <> ''),
    request_sha256  text NOT NULL CHECK (request_sha256 ~ '^[0-9a-f]{64}$'),
    server_id       uuid NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    status          integer,
    headers         jsonb,
    body            bytea,
    PRIMARY KEY (caller, key),
    CHECK ((status IS NULL) = (body IS NULL) AND (status IS NULL) = (headers IS NULL))
);
CREATE INDEX idempotent_requests_created ON idempotent_requests (created_at);
