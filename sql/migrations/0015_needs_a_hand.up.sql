-- A workflow of which too little is bound needs a hand.
ALTER TABLE video_workflow_templates
    DROP CONSTRAINT video_workflow_templates_status_check,
    ADD CONSTRAINT video_workflow_templates_status_check CHECK (
        status IN ('proven', 'experimental', 'needs a hand', 'deprecated')
    );

-- The pictures that a job started from, each kept in the media store under its digest. Nullable: the digests of rows from
-- before do not change.
ALTER TABLE workflow_history ADD COLUMN uploads jsonb;
