-- Takes away what 0015_needs_a_hand.up.sql added; the next start writes every workflow's status anew.
ALTER TABLE workflow_history DROP COLUMN uploads;

UPDATE video_workflow_templates SET status = 'experimental' WHERE status = 'needs a hand';
ALTER TABLE video_workflow_templates
    DROP CONSTRAINT video_workflow_templates_status_check,
    ADD CONSTRAINT video_workflow_templates_status_check CHECK (status IN ('proven', 'experimental', 'deprecated'));
