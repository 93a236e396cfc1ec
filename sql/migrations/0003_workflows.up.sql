-- What the registry says of a template: which workflows have it, and what is known of them. Nullable: a template that
-- was only used (with LoRA loaders in it, say) is of no workflow. What was kept never changes; what is said of it may.
ALTER TABLE video_workflow_templates
    ADD COLUMN workflows text[],
    ADD COLUMN version text,
    ADD COLUMN engine text,
    ADD COLUMN medium text CHECK (medium IN ('image', 'video')),
    ADD COLUMN status text CHECK (status IN ('proven', 'experimental', 'deprecated')),
    ADD COLUMN capabilities text[],
    ADD COLUMN manifest jsonb,
    ADD COLUMN synced_at timestamptz,
    ADD COLUMN removed_at timestamptz;
CREATE INDEX video_workflow_templates_registered
    ON video_workflow_templates (name) WHERE workflows IS NOT NULL AND removed_at IS NULL;

CREATE FUNCTION guard_template() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text[] := ARRAY[
        'workflows', 'version', 'engine', 'medium', 'status', 'capabilities', 'manifest', 'synced_at', 'removed_at'
    ];
BEGIN
    IF to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'template %: what was kept never changes', OLD.sha256 USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER only_added_to ON video_workflow_templates;
CREATE TRIGGER never_deleted BEFORE DELETE ON video_workflow_templates
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER guarded BEFORE UPDATE ON video_workflow_templates FOR EACH ROW EXECUTE FUNCTION guard_template();
