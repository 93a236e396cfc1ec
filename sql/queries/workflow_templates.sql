-- name: register
-- The template's digest where something is new or said otherwise than before; no row when all is on record already.
INSERT INTO video_workflow_templates (
    sha256, name, template, workflows, version, engine, medium, status, capabilities, manifest, synced_at
)
VALUES (
    %(sha256)s, %(name)s, %(template)s, %(workflows)s::text[], %(version)s, %(engine)s, %(medium)s, %(status)s,
    %(capabilities)s::text[], %(manifest)s, clock_timestamp()
)
ON CONFLICT (sha256) DO UPDATE SET
    workflows = excluded.workflows,
    version = excluded.version,
    engine = excluded.engine,
    medium = excluded.medium,
    status = excluded.status,
    capabilities = excluded.capabilities,
    manifest = excluded.manifest,
    synced_at = excluded.synced_at,
    removed_at = NULL
WHERE
    video_workflow_templates.workflows IS DISTINCT FROM excluded.workflows
    OR video_workflow_templates.version IS DISTINCT FROM excluded.version
    OR video_workflow_templates.engine IS DISTINCT FROM excluded.engine
    OR video_workflow_templates.medium IS DISTINCT FROM excluded.medium
    OR video_workflow_templates.status IS DISTINCT FROM excluded.status
    OR video_workflow_templates.capabilities IS DISTINCT FROM excluded.capabilities
    OR video_workflow_templates.manifest IS DISTINCT FROM excluded.manifest
    OR video_workflow_templates.removed_at IS NOT NULL
RETURNING sha256;

-- name: remove_others
-- The digest of each template that was in the registry and is not among these any longer, now marked as removed.
UPDATE video_workflow_templates
SET removed_at = clock_timestamp()
WHERE workflows IS NOT NULL AND removed_at IS NULL AND sha256 <> ALL (%(kept)s::text[])
RETURNING sha256;

-- name: list_registered
-- Every template that is in the registry now, by name, without its text.
SELECT
    sha256, name, workflows, version, engine, medium, status, capabilities, manifest, created_at, synced_at, removed_at
FROM video_workflow_templates
WHERE workflows IS NOT NULL AND removed_at IS NULL
ORDER BY name, sha256;
