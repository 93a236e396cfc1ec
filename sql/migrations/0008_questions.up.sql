-- A question is on record before it is sent; its answer completes the row, once. What was asked never changes.
CREATE FUNCTION guard_consultation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := ARRAY['response', 'confidence_score', 'duration_s', 'used', 'overruled'];
BEGIN
    IF OLD.response <> '' OR to_jsonb(NEW) - answer IS DISTINCT FROM to_jsonb(OLD) - answer THEN
        RAISE EXCEPTION 'UPDATE on ai_consultations refused: a question is answered once, and never changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER only_added_to ON ai_consultations;
CREATE TRIGGER answered_once BEFORE UPDATE ON ai_consultations FOR EACH ROW EXECUTE FUNCTION guard_consultation();
CREATE TRIGGER never_deleted BEFORE DELETE ON ai_consultations FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER chained ON ai_consultations;
CREATE TRIGGER chained AFTER INSERT OR UPDATE ON ai_consultations FOR EACH ROW EXECUTE FUNCTION append_to_chain();
