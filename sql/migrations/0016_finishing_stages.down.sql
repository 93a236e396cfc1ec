-- Fails while decisions of the two stages are on record: nothing on record is ever deleted.
ALTER TABLE generation_decisions
    DROP CONSTRAINT generation_decisions_decision_type_check,
    ADD CONSTRAINT generation_decisions_decision_type_check CHECK (
        decision_type IN ('sheet', 'plan', 'keyframe', 'clip', 'voice', 'music', 'mix', 'master')
    );
