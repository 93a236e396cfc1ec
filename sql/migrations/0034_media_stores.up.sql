-- Media stores: which folder or bucket holds the media of this record, told by the mark that lies in it. The newest row
-- counts, so that a process with another store is refused before it makes everything again.
CREATE TABLE media_stores (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store_id    text NOT NULL CHECK (store_id <> ''),
    address     text NOT NULL CHECK (address <> ''), -- as it was called then, for people; the mark decides
    who         text NOT NULL CHECK (btrim(who) <> ''),
    why         text NOT NULL DEFAULT '',
    "timestamp" timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON media_stores FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON media_stores EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON media_stores FOR EACH ROW EXECUTE FUNCTION append_to_chain();
