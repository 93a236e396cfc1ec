DROP FUNCTION is_accepted(uuid);
CREATE INDEX generation_decisions_learned ON generation_decisions (engine, "timestamp" DESC)
    WHERE status IN ('succeeded', 'failed');
DROP INDEX generation_decisions_drafts;
DROP INDEX generation_decisions_tried;
DROP INDEX generation_decisions_newest;
