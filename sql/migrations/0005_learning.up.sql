-- What people say of takes, tied to the decision that made them; part of the audit record, so it is only ever added to.
CREATE TABLE feedback (
    id               uuid PRIMARY KEY DEFAULT new_id(),
    decision_id      uuid NOT NULL REFERENCES generation_decisions (id),
    take_id          uuid NOT NULL REFERENCES takes (id),
    opinion          text NOT NULL CHECK (opinion IN ('good', 'bad')),
    reason           text NOT NULL CHECK (reason ~ '^[a-z]+(-[a-z]+)*$'),
    note             text NOT NULL DEFAULT '',
    who              text NOT NULL CHECK (btrim(who) <> ''),
    "timestamp"      timestamptz NOT NULL DEFAULT clock_timestamp(),
    idempotency_key  text NOT NULL UNIQUE CHECK (idempotency_key <> '')
);
CREATE INDEX feedback_decision ON feedback (decision_id);

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON feedback FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON feedback EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON feedback FOR EACH ROW EXECUTE FUNCTION append_to_chain();

-- The newest attempts of an engine, wherever they were made.
CREATE INDEX generation_decisions_learned ON generation_decisions (engine, "timestamp" DESC)
    WHERE status IN ('succeeded', 'failed');
