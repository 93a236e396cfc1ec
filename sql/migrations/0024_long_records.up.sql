-- What reports and engines learn from, in the order in which it is read: the newest attempts of a project, and those with
-- an engine at a stage. Without them, every project's rows are sorted for the newest few.
CREATE INDEX generation_decisions_newest ON generation_decisions (project_id, "timestamp" DESC, id DESC)
    WHERE status = 'succeeded' AND quality_score IS NOT NULL;
CREATE INDEX generation_decisions_tried
    ON generation_decisions (project_id, engine, decision_type, "timestamp" DESC, id DESC)
    WHERE status = 'succeeded' AND quality_score IS NOT NULL;
DROP INDEX generation_decisions_learned;

-- How often a question of a script draft was asked.
CREATE INDEX generation_decisions_drafts ON generation_decisions (project_id, brief_digest)
    WHERE decision_type = 'script_draft';

-- Whether a take is accepted, as the view `accepted_takes` has it, for queries of many takes: joined with them, the view
-- may judge every take on record.
CREATE FUNCTION is_accepted(take uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        bool_and(
            newest.passed
            OR EXISTS (SELECT FROM waivers WHERE waivers.take_id = is_accepted.take AND waivers.gate = newest.gate)
        ),
        false
    )
    FROM (
        SELECT DISTINCT ON (gate, measure) gate, passed
        FROM verdicts
        WHERE verdicts.take_id = is_accepted.take
        ORDER BY gate, measure, id DESC
    ) AS newest
$$;
