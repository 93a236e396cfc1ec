-- Prompts: what a director was asked to refine outside any shot, for a studio's own tools, is on record too.
ALTER TABLE generation_decisions
    DROP CONSTRAINT generation_decisions_decision_type_check,
    ADD CONSTRAINT generation_decisions_decision_type_check CHECK (
        decision_type IN (
            'sheet', 'plan', 'keyframe', 'clip', 'interpolation', 'upscale', 'voice', 'music', 'mix', 'master',
            'script_draft', 'prompt'
        )
    );
