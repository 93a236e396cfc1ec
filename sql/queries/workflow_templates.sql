-- name: register_template
-- Inserts a template, or updates its description, and returns its digest; no row if nothing has changed.
INSERT INTO video_workflow_templates AS template (
    sha256, name, template, workflows, version, engine, medium, status, capabilities, manifest, synced_at
)
VALUES (
    %(sha256)s, %(name)s, %(template)s, %(workflows)s::text[], %(version)s, %(engine)s, %(medium)s, %(status)s,
    %(capabilities)s::text[], %(manifest)s, clock_timestamp()
)
ON CONFLICT (sha256) DO UPDATE
SET
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
    (
        template.workflows, template.version, template.engine, template.medium, template.status, template.capabilities,
        template.manifest
    ) IS DISTINCT FROM (
        excluded.workflows, excluded.version, excluded.engine, excluded.medium, excluded.status, excluded.capabilities,
        excluded.manifest
    )
    OR template.removed_at IS NOT NULL
RETURNING sha256;

-- name: mark_removed
-- Marks the templates that are no longer in the registry and returns their digests; no row if there are none.
UPDATE video_workflow_templates
SET removed_at = clock_timestamp()
WHERE workflows IS NOT NULL AND removed_at IS NULL AND sha256 <> ALL (%(current_digests)s::text[])
RETURNING sha256;
