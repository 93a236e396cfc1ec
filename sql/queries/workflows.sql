-- name: save_template
-- Keeps a workflow template under its digest, unless it is there.
INSERT INTO video_workflow_templates (sha256, name, template)
VALUES (%(sha256)s, %(name)s, %(template)s)
ON CONFLICT (sha256) DO NOTHING;

-- name: find_template
-- The template with this digest; no row when there is none.
SELECT sha256, name, template, created_at FROM video_workflow_templates WHERE sha256 = %(sha256)s;

-- name: record
-- Puts a workflow run on record; one row, or none when its idempotency key is already there.
INSERT INTO workflow_history (
    decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, error_message,
    idempotency_key, part, prompt_id, server, queued_at, started_at, finished_at, error_node, error_node_type,
    peak_vram_bytes, outputs
)
VALUES (
    %(decision_id)s::uuid, %(template_sha256)s, %(workflow_json)s, %(workflow_sha256)s, %(execution_time)s,
    %(success)s, %(error_message)s, %(idempotency_key)s, %(part)s, %(prompt_id)s, %(server)s, %(queued_at)s,
    %(started_at)s, %(finished_at)s, %(error_node)s, %(error_node_type)s, %(peak_vram_bytes)s, %(outputs)s
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING
    id, decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, error_message,
    "timestamp", idempotency_key, part, prompt_id, server, queued_at, started_at, finished_at, error_node,
    error_node_type, peak_vram_bytes, outputs;

-- name: find_by_key
-- The workflow run with this idempotency key; no row when there is none.
SELECT
    id, decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, error_message,
    "timestamp", idempotency_key, part, prompt_id, server, queued_at, started_at, finished_at, error_node,
    error_node_type, peak_vram_bytes, outputs
FROM workflow_history
WHERE idempotency_key = %(idempotency_key)s;

-- name: find_by_id
-- The workflow run with this id, with its template's text; no row when there is none.
SELECT workflow_history.workflow_json, workflow_history.workflow_sha256, video_workflow_templates.template
FROM workflow_history
INNER JOIN video_workflow_templates ON video_workflow_templates.sha256 = workflow_history.template_sha256
WHERE workflow_history.id = %(id)s::uuid;
