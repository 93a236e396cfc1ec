-- Who runs what on several machines: the controller, the workers, and the runs that are handed to them. Who of them is
-- alive is told by locks, not by these rows, which are written over and are no part of the audit trail.
CREATE TABLE farm_controller (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    host        text NOT NULL CHECK (host <> ''),
    pid         integer NOT NULL,
    home        text NOT NULL,
    version     text NOT NULL CHECK (version <> ''),
    farm        text NOT NULL, -- '' where runs are made on the controller's machine
    settings    jsonb NOT NULL, -- what workers take over; no secrets
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE farm_workers (
    id           text PRIMARY KEY CHECK (id <> ''),
    host         text NOT NULL CHECK (host <> ''),
    pid          integer NOT NULL,
    queues       text[] NOT NULL CHECK (queues <> '{}'),
    slots        integer NOT NULL CHECK (slots > 0),
    version      text NOT NULL CHECK (version <> ''),
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    stopping_at  timestamptz, -- since when it takes no more runs
    why          text NOT NULL DEFAULT '' -- why it stops, '' where somebody asked it to
);

CREATE TABLE farm_runs (
    run_id      text PRIMARY KEY CHECK (run_id <> ''),
    queue       text NOT NULL CHECK (queue <> ''),
    sent_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    sends       integer NOT NULL DEFAULT 1 CHECK (sends > 0),
    worker_id   text, -- who took it, '' where it was taken back before anybody did
    claimed_at  timestamptz,
    lost_since  timestamptz -- since when its lock has been seen to be free
);
CREATE INDEX farm_runs_waiting ON farm_runs (sent_at) WHERE worker_id IS NULL;

-- Masters that a worker has made and that the controller is to copy to its own folder of finished episodes.
CREATE TABLE farm_deliveries (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    episode       text NOT NULL CHECK (episode <> ''),
    take_id       uuid NOT NULL REFERENCES takes (id),
    is_best       boolean NOT NULL,
    quality       text NOT NULL CHECK (quality <> ''),
    asked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at  timestamptz
);
CREATE INDEX farm_deliveries_due ON farm_deliveries (id) WHERE delivered_at IS NULL;
