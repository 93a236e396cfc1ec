-- What the record holds a copy of, as of which state: a start-up that finds the same state copies nothing.
CREATE TABLE mirrors (
    name         text PRIMARY KEY,
    digest       text NOT NULL,
    mirrored_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Facts that an Echo Brain was offered, and what it answered. A fact is a row of its own whenever it changes, so that a
-- changed one has not been offered yet.
CREATE TABLE fact_offers (
    server       text NOT NULL CHECK (server <> ''),
    fact_id      uuid NOT NULL, -- of `facts`; a reference would hide the trigger that refuses TRUNCATE there
    answer       text NOT NULL,
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (server, fact_id)
);
CREATE INDEX fact_offers_fact ON fact_offers (fact_id);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON fact_offers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON fact_offers EXECUTE FUNCTION refuse_change();
