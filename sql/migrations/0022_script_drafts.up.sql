-- Drafts of scripts: what a language model is asked for them, and which of them a person accepted, is on record too.
ALTER TABLE generation_decisions
    DROP CONSTRAINT generation_decisions_decision_type_check,
    ADD CONSTRAINT generation_decisions_decision_type_check CHECK (
        decision_type IN (
            'sheet', 'plan', 'keyframe', 'clip', 'interpolation', 'upscale', 'voice', 'music', 'mix', 'master',
            'script_draft'
        )
    );
