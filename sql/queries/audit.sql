-- name: list_decisions
-- Every decision of an episode, or of one shot unless scene and shot are '', oldest first.
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, parameters, reasoning, alternatives,
    "timestamp", status, quality_score, created_by, session_id, idempotency_key, engine, engine_version, brief_digest,
    attempt, replaces, run_id, prompt_id, server, template_sha256, started_at, finished_at, duration_s, cpu_s, gpu_s,
    error_message
FROM generation_decisions
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND %(scene_id)s IN ('', scene_id)
    AND %(shot_id)s IN ('', shot_id)
ORDER BY "timestamp", id;

-- name: list_takes
-- Every take of these decisions, oldest first.
SELECT
    id, decision_id, stage, brief_digest, project_id, episode_id, scene_id, shot_id, line_id, files, measured, details,
    created_at
FROM takes
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY created_at, id;

-- name: list_verdicts
-- Every verdict on these takes, oldest first, each with whether its gate is waived.
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
-- Every consultation for these decisions, oldest first.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", duration_s, used, overruled, session_id
FROM ai_consultations
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY "timestamp", id;

-- name: list_workflows
-- Every workflow run for these decisions, oldest first.
SELECT
    id, decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, error_message,
    "timestamp", part, prompt_id, server, queued_at, started_at, finished_at, error_node, error_node_type,
    peak_vram_bytes, outputs
FROM workflow_history
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY "timestamp", id;

-- name: find_head
-- The newest link of the chain; no row while nothing is on record.
SELECT seq, chain_sha256 FROM audit_chain ORDER BY seq DESC LIMIT 1;

-- name: find_link
-- The link with this digest; no row when the chain does not hold it.
SELECT seq FROM audit_chain WHERE chain_sha256 = %(chain_sha256)s;

-- name: list_broken_links
-- The links that do not follow from the one before them, in order; no row in a sound chain.
SELECT linked.seq, linked.table_name, linked.row_id
FROM (
    SELECT
        seq, table_name, row_id, event, row_sha256, chain_sha256, at,
        lag(chain_sha256, 1, '') OVER (ORDER BY seq) AS previous,
        row_number() OVER (ORDER BY seq) AS expected_seq
    FROM audit_chain
) AS linked
WHERE
    linked.seq <> linked.expected_seq
    OR linked.chain_sha256 <> audit_link(
        linked.previous, linked.seq, linked.table_name, linked.row_id, linked.event, linked.row_sha256, linked.at
    )
ORDER BY linked.seq
LIMIT 100;

-- name: list_changed_rows
-- The rows that are not what the chain says of them last: changed, gone, or written past it; no row in a sound record.
SELECT
    coalesce(said.table_name, present.table_name) AS table_name,
    coalesce(said.row_id, present.row_id) AS row_id,
    said.row_sha256 AS said_sha256,
    present.row_sha256 AS present_sha256
FROM (
    SELECT DISTINCT ON (table_name, row_id) table_name, row_id, row_sha256
    FROM audit_chain
    ORDER BY table_name, row_id, seq DESC
) AS said
FULL JOIN (
    SELECT 'generation_decisions' AS table_name, id::text AS row_id, audit_digest(to_jsonb(decided)) AS row_sha256
    FROM generation_decisions AS decided
    UNION ALL
    SELECT 'takes', id::text, audit_digest(to_jsonb(taken)) FROM takes AS taken
    UNION ALL
    SELECT 'verdicts', id::text, audit_digest(to_jsonb(judged)) FROM verdicts AS judged
    UNION ALL
    SELECT 'waivers', id::text, audit_digest(to_jsonb(waived)) FROM waivers AS waived
    UNION ALL
    SELECT 'ai_consultations', id::text, audit_digest(to_jsonb(consulted)) FROM ai_consultations AS consulted
    UNION ALL
    SELECT 'feedback', id::text, audit_digest(to_jsonb(opined)) FROM feedback AS opined
    UNION ALL
    SELECT 'workflow_history', id::text, audit_digest(to_jsonb(run)) FROM workflow_history AS run
) AS present ON present.table_name = said.table_name AND present.row_id = said.row_id
WHERE said.row_sha256 IS DISTINCT FROM present.row_sha256
ORDER BY 1, 2
LIMIT 100;

-- name: list_undecided_takes
-- The takes whose decision is missing, is younger than they are, or has not succeeded; no row in a sound record.
SELECT takes.id, takes.decision_id, decided.status, decided."timestamp" AS decided_at, takes.created_at
FROM takes LEFT JOIN generation_decisions AS decided ON decided.id = takes.decision_id
WHERE decided.id IS NULL OR decided."timestamp" >= takes.created_at OR decided.status <> 'succeeded'
ORDER BY takes.id
LIMIT 100;

-- name: list_files
-- Every file that takes name, once, with one of them.
-- Left out are takes that were made again just as decided, because their file was lost: the record says so.
SELECT file.value ->> 'path' AS path, file.value ->> 'sha256' AS sha256, min(takes.id::text) AS take_id
FROM
    takes
    INNER JOIN generation_decisions AS decided ON decided.id = takes.decision_id
    CROSS JOIN jsonb_each(takes.files) AS file
WHERE NOT EXISTS (
    SELECT
    FROM generation_decisions AS again
    WHERE
        again.replaces = decided.id
        AND again.status = 'succeeded'
        AND again.attempt = decided.attempt
        AND again.parameters = decided.parameters
)
GROUP BY 1, 2
ORDER BY 1;
