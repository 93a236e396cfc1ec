-- name: save_template
-- Inserts a workflow template under its digest unless that is there already. Returns no row.
INSERT INTO video_workflow_templates (sha256, name, template)
VALUES (%(sha256)s, %(name)s, %(template)s)
ON CONFLICT (sha256) DO NOTHING;

-- name: find_template
-- The template with this digest; no row if it does not exist.
SELECT sha256, name, template, created_at FROM video_workflow_templates WHERE sha256 = %(sha256)s;

-- name: record_run
-- Inserts a workflow run. No row when its idempotency key is on record already, else one row with the new id.
INSERT INTO workflow_history (
    decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, error_message,
    idempotency_key, part, prompt_id, server, queued_at, started_at, finished_at, error_node, error_node_type,
    peak_vram_bytes, outputs, uploads
)
VALUES (
    %(decision_id)s::uuid, %(template_sha256)s, %(workflow_json)s, %(workflow_sha256)s, %(execution_time)s,
    %(success)s, %(error_message)s, %(idempotency_key)s, %(part)s, %(prompt_id)s, %(server)s, %(queued_at)s,
    %(started_at)s, %(finished_at)s, %(error_node)s, %(error_node_type)s, %(peak_vram_bytes)s, %(outputs)s,
    %(uploads)s
)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: find_by_key
-- The workflow run with this idempotency key; no row if the key is not on record.
SELECT
    id, decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, error_message,
    "timestamp", idempotency_key, part, prompt_id, server, queued_at, started_at, finished_at, error_node,
    error_node_type, peak_vram_bytes, outputs, uploads
FROM workflow_history
WHERE idempotency_key = %(idempotency_key)s;

-- name: find_by_id
-- The workflow run with this id and the text of its template; no row if it does not exist.
SELECT runs.workflow_json, runs.workflow_sha256, templates.template
FROM workflow_history AS runs
INNER JOIN video_workflow_templates AS templates ON templates.sha256 = runs.template_sha256
WHERE runs.id = %(id)s::uuid;

-- name: find_job
-- The workflow runs with this id as their own, their job's or their decision's, oldest first; no row if there is none.
WITH asked AS (
    SELECT CASE WHEN %(id)s::text ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN %(id)s::text::uuid END AS id
), found AS (
    SELECT id FROM workflow_history WHERE prompt_id = %(id)s::text
    UNION
    SELECT id FROM workflow_history WHERE id = (SELECT id FROM asked)
    UNION
    SELECT id FROM workflow_history WHERE decision_id = (SELECT id FROM asked)
)
SELECT
    runs.id, runs.decision_id, runs.part, runs.prompt_id, runs.server, runs.success, runs."timestamp", runs.uploads,
    decisions.decision_type, decisions.attempt
FROM found
INNER JOIN workflow_history AS runs ON runs.id = found.id
INNER JOIN generation_decisions AS decisions ON decisions.id = runs.decision_id
ORDER BY runs."timestamp", runs.id;

-- name: list_recorded
-- The workflow runs of a stretch of the chain with what their graphs are rebuilt from; no row if nothing was sent.
SELECT runs.id, runs.decision_id, runs.template_sha256, runs.workflow_json, runs.workflow_sha256, runs.uploads
FROM
    (
        SELECT
            seq, CASE WHEN row_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN row_id::uuid END AS run_id
        FROM audit_chain
        WHERE seq > %(after)s AND seq <= %(until)s AND table_name = 'workflow_history'
        OFFSET 0
    ) AS stretch
    INNER JOIN workflow_history AS runs ON runs.id = stretch.run_id
ORDER BY stretch.seq;
