-- name: list_decisions
-- Every decision of an episode, or of one shot unless scene and shot are '', oldest first; no row if there is none.
SELECT *
FROM decision_records
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND %(scene_id)s IN ('', scene_id)
    AND %(shot_id)s IN ('', shot_id)
ORDER BY "timestamp", id;

-- name: list_takes
-- Every take of these decisions, oldest first; no row if there is none.
SELECT
    id, decision_id, stage, brief_digest, project_id, episode_id, scene_id, shot_id, line_id, files, measured, details,
    created_at
FROM takes
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY created_at, id;

-- name: list_verdicts
-- Every verdict on these takes with the waivers of its gate, oldest first; no row for a take that was never judged.
SELECT
    verdicts.id, verdicts.take_id, verdicts.gate, verdicts.measure, verdicts.value, verdicts.low, verdicts.high,
    verdicts.unit, verdicts.passed, verdicts.remedy, verdicts.thresholds_digest, verdicts."timestamp",
    (
        SELECT jsonb_agg(jsonb_build_object('who', waivers.who, 'why', waivers.why, 'at', waivers."timestamp"))
        FROM waivers
        WHERE waivers.take_id = verdicts.take_id AND waivers.gate = verdicts.gate
    ) AS waivers
FROM verdicts
WHERE verdicts.take_id = ANY(%(take_ids)s::uuid[])
ORDER BY verdicts.id;

-- name: list_consultations
-- Every consultation for these decisions, oldest first; no row if there was none.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", duration_s, used, overruled, session_id
FROM ai_consultations
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY "timestamp", id;

-- name: list_workflows
-- Every workflow run for these decisions, oldest first; no row if there was none.
SELECT
    id, decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, error_message,
    "timestamp", part, prompt_id, server, queued_at, started_at, finished_at, error_node, error_node_type,
    peak_vram_bytes, outputs
FROM workflow_history
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY "timestamp", id;

-- name: find_head
-- The newest link of the chain; no row if nothing is on record.
SELECT seq, chain_sha256 FROM audit_chain ORDER BY seq DESC LIMIT 1;

-- name: find_link
-- The link with this digest; no row if the chain does not contain it.
SELECT seq FROM audit_chain WHERE chain_sha256 = %(chain_sha256)s;

-- name: list_broken_links
-- The first 100 links that do not follow from the one before them; no row if the chain is intact.
SELECT links.seq, links.table_name, links.row_id
FROM (
    SELECT
        seq, table_name, row_id, event, row_sha256, chain_sha256, at,
        lag(chain_sha256, 1, '') OVER (ORDER BY seq) AS previous,
        row_number() OVER (ORDER BY seq) AS expected_seq
    FROM audit_chain
) AS links
WHERE
    links.seq <> links.expected_seq
    OR links.chain_sha256 <> audit_link(
        links.previous, links.seq, links.table_name, links.row_id, links.event, links.row_sha256, links.at
    )
ORDER BY links.seq
LIMIT 100;

-- name: list_changed_rows
-- The first 100 rows that differ from the chain: changed, deleted, or missing in it; no row if the record is intact.
SELECT
    coalesce(chained.table_name, actual.table_name) AS table_name,
    coalesce(chained.row_id, actual.row_id) AS row_id,
    chained.row_sha256 AS chained_sha256,
    actual.row_sha256 AS actual_sha256
FROM (
    SELECT DISTINCT ON (table_name, row_id) table_name, row_id, row_sha256
    FROM audit_chain
    ORDER BY table_name, row_id, seq DESC
) AS chained
FULL JOIN (
    SELECT 'generation_decisions' AS table_name, id::text AS row_id, audit_digest(to_jsonb(entry)) AS row_sha256
    FROM generation_decisions AS entry
    UNION ALL
    SELECT 'takes', id::text, audit_digest(to_jsonb(entry)) FROM takes AS entry
    UNION ALL
    SELECT 'verdicts', id::text, audit_digest(to_jsonb(entry)) FROM verdicts AS entry
    UNION ALL
    SELECT 'waivers', id::text, audit_digest(to_jsonb(entry)) FROM waivers AS entry
    UNION ALL
    SELECT 'ai_consultations', id::text, audit_digest(to_jsonb(entry)) FROM ai_consultations AS entry
    UNION ALL
    SELECT 'feedback', id::text, audit_digest(to_jsonb(entry)) FROM feedback AS entry
    UNION ALL
    SELECT 'workflow_history', id::text, audit_digest(to_jsonb(entry)) FROM workflow_history AS entry
) AS actual ON actual.table_name = chained.table_name AND actual.row_id = chained.row_id
WHERE chained.row_sha256 IS DISTINCT FROM actual.row_sha256
ORDER BY 1, 2
LIMIT 100;

-- name: list_undecided_takes
-- The first 100 takes whose decision is missing, younger, or not successful; no row if the record is sound.
SELECT takes.id, takes.decision_id, decisions.status, decisions."timestamp" AS decided_at, takes.created_at
FROM takes LEFT JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id
WHERE decisions.id IS NULL OR decisions."timestamp" >= takes.created_at OR decisions.status <> 'succeeded'
ORDER BY takes.id
LIMIT 100;

-- name: list_files
-- Every file of every take, each once, with one take that uses it; no row if there are no takes.
-- A take that was made again with the same parameters after its file had been lost is left out.
SELECT file.value ->> 'path' AS path, file.value ->> 'sha256' AS sha256, min(takes.id::text) AS take_id
FROM
    takes
    INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id
    CROSS JOIN jsonb_each(takes.files) AS file
WHERE NOT EXISTS (
    SELECT
    FROM generation_decisions AS replacements
    WHERE
        replacements.replaces = decisions.id
        AND replacements.status = 'succeeded'
        AND replacements.attempt = decisions.attempt
        AND replacements.parameters = decisions.parameters
)
GROUP BY 1, 2
ORDER BY 1;
