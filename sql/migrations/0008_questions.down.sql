-- Rows are whole when they are written again, as before 0008_questions.up.sql.
DROP TRIGGER chained ON ai_consultations;
CREATE TRIGGER chained AFTER INSERT ON ai_consultations FOR EACH ROW EXECUTE FUNCTION append_to_chain();
DROP TRIGGER never_deleted ON ai_consultations;
DROP TRIGGER answered_once ON ai_consultations;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON ai_consultations FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION guard_consultation();
