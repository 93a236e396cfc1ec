-- Stages between clip and master: a clip made at another rate is interpolated, one made at another size is upscaled.
ALTER TABLE generation_decisions
    DROP CONSTRAINT generation_decisions_decision_type_check,
    ADD CONSTRAINT generation_decisions_decision_type_check CHECK (
        decision_type IN (
            'sheet', 'plan', 'keyframe', 'clip', 'interpolation', 'upscale', 'voice', 'music', 'mix', 'master'
        )
    );
