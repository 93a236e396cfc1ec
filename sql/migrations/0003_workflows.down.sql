-- Takes away what 0003_workflows.up.sql added, with what the registry said; the templates themselves stay.
DROP TRIGGER guarded ON video_workflow_templates;
DROP TRIGGER never_deleted ON video_workflow_templates;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON video_workflow_templates
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION guard_template();
DROP INDEX video_workflow_templates_registered;
ALTER TABLE video_workflow_templates
    DROP COLUMN workflows,
    DROP COLUMN version,
    DROP COLUMN engine,
    DROP COLUMN medium,
    DROP COLUMN status,
    DROP COLUMN capabilities,
    DROP COLUMN manifest,
    DROP COLUMN synced_at,
    DROP COLUMN removed_at;
