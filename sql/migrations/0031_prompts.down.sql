-- Fails while decisions about prompts are on record: nothing on record is ever deleted.
ALTER TABLE generation_decisions
    DROP CONSTRAINT generation_decisions_decision_type_check,
    ADD CONSTRAINT generation_decisions_decision_type_check CHECK (
        decision_type IN (
            'sheet', 'plan', 'keyframe', 'clip', 'interpolation', 'upscale', 'voice', 'music', 'mix', 'master',
            'script_draft'
        )
    );
