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

-- name: list_decision_page
-- The next decisions of an episode, oldest first, after a given time and id; no row behind the last.
-- Only those of one shot unless scene and shot are ''.
SELECT *
FROM decision_records
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND %(scene_id)s IN ('', scene_id)
    AND %(shot_id)s IN ('', shot_id)
    AND ("timestamp", id) > (%(after)s::timestamptz, %(after_id)s::uuid)
ORDER BY "timestamp", id
LIMIT %(limit)s;

-- name: list_takes
-- Every take of these decisions, oldest first; no row if there is none.
SELECT
    id, decision_id, stage, brief_digest, project_id, episode_id, scene_id, shot_id, line_id, files, measured, details,
    created_at, candidate_rank,
    (
        SELECT jsonb_agg(jsonb_build_object('who', choices.who, 'why', choices.why, 'at', choices."timestamp"))
        FROM take_choices AS choices
        WHERE choices.take_id = takes.id
    ) AS choices,
    (
        SELECT jsonb_agg(
            jsonb_build_object(
                'ruling', rulings.ruling, 'who', rulings.who, 'reason', rulings.reason, 'note', rulings.note,
                'frame', rulings.frame, 'region', rulings.region, 'feedback_id', rulings.feedback_id,
                'at', rulings."timestamp"
            )
            ORDER BY rulings."timestamp"
        )
        FROM take_rulings AS rulings
        WHERE rulings.take_id = takes.id
    ) AS rulings
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
    peak_vram_bytes, outputs, uploads
FROM workflow_history
WHERE decision_id = ANY(%(decision_ids)s::uuid[])
ORDER BY "timestamp", id;

-- name: find_head
-- The newest link of the chain; no row if nothing is on record.
SELECT seq, chain_sha256 FROM audit_chain ORDER BY seq DESC LIMIT 1;

-- name: find_mark
-- One row: the newest link's number and digest, and the first link's digest; no row if nothing is on record.
SELECT
    newest.seq, newest.chain_sha256,
    (SELECT links.chain_sha256 FROM audit_chain AS links ORDER BY links.seq LIMIT 1) AS first_sha256
FROM audit_chain AS newest
ORDER BY newest.seq DESC
LIMIT 1;

-- name: find_link
-- The link with this digest; no row if the chain does not contain it.
SELECT seq FROM audit_chain WHERE chain_sha256 = %(chain_sha256)s;

-- name: find_stretch_end
-- The last of the next links after a given one, at most so many; no row after the newest.
SELECT stretch.seq, stretch.chain_sha256
FROM (
    SELECT seq, chain_sha256 FROM audit_chain WHERE seq > %(after)s ORDER BY seq LIMIT %(limit)s
) AS stretch
ORDER BY stretch.seq DESC
LIMIT 1;

-- name: find_link_digest
-- The digest of the link with this number; no row if there is none.
SELECT chain_sha256 FROM audit_chain WHERE seq = %(seq)s;

-- name: list_broken_links
-- The first 100 links of a stretch that do not follow from the one before them; no row if it is intact.
SELECT links.seq, links.table_name, links.row_id
FROM (
    SELECT
        seq, table_name, row_id, event, row_sha256, chain_sha256, at,
        lag(chain_sha256, 1, %(previous_sha256)s::text) OVER (ORDER BY seq) AS previous,
        lag(seq, 1, %(after)s::bigint) OVER (ORDER BY seq) + 1 AS expected_seq
    FROM audit_chain
    WHERE seq > %(after)s::bigint AND seq <= %(until)s
) AS links
WHERE
    links.seq <> links.expected_seq
    OR links.chain_sha256 <> audit_link(
        links.previous, links.seq, links.table_name, links.row_id, links.event, links.row_sha256, links.at
    )
ORDER BY links.seq
LIMIT 100;

-- name: list_changed_rows
-- The first 100 rows whose newest link is in a stretch and whose digest is another, NULL for a row that is gone.
-- Each row is looked up by its key, so that what is read does not grow with the record. No row if all are intact.
SELECT newest.table_name, newest.row_id, actual.row_sha256 AS actual_sha256
FROM
    (
        SELECT DISTINCT ON (links.table_name, links.row_id)
            links.table_name, links.row_id, links.row_sha256,
            CASE WHEN links.row_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN links.row_id::uuid END AS id,
            CASE WHEN links.row_id ~ '^[0-9]{1,18}$' THEN links.row_id::bigint END AS number
        FROM audit_chain AS links
        WHERE
            links.seq > %(after)s AND links.seq <= %(until)s
            AND NOT EXISTS (
                SELECT
                FROM audit_chain AS later
                WHERE
                    later.table_name = links.table_name AND later.row_id = links.row_id AND later.seq > %(until)s
            )
        ORDER BY links.table_name, links.row_id, links.seq DESC
    ) AS newest
    LEFT JOIN LATERAL (
        SELECT audit_digest(rows.entry) AS row_sha256
        FROM (
            SELECT to_jsonb(entry) AS entry FROM generation_decisions AS entry
            WHERE newest.table_name = 'generation_decisions' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM takes AS entry
            WHERE newest.table_name = 'takes' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM verdicts AS entry
            WHERE newest.table_name = 'verdicts' AND entry.id = newest.number
            UNION ALL
            SELECT to_jsonb(entry) FROM waivers AS entry
            WHERE newest.table_name = 'waivers' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM ai_consultations AS entry
            WHERE newest.table_name = 'ai_consultations' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM feedback AS entry
            WHERE newest.table_name = 'feedback' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM lessons AS entry
            WHERE newest.table_name = 'lessons' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM workflow_history AS entry
            WHERE newest.table_name = 'workflow_history' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM take_choices AS entry
            WHERE newest.table_name = 'take_choices' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM breaker_resets AS entry
            WHERE newest.table_name = 'breaker_resets' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM access_tokens AS entry
            WHERE newest.table_name = 'access_tokens' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM take_rulings AS entry
            WHERE newest.table_name = 'take_rulings' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM approvals AS entry
            WHERE newest.table_name = 'approvals' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM show_edits AS entry
            WHERE newest.table_name = 'show_edits' AND entry.id = newest.id
            UNION ALL
            SELECT to_jsonb(entry) FROM take_requests AS entry
            WHERE newest.table_name = 'take_requests' AND entry.id = newest.id
        ) AS rows
        LIMIT 1
    ) AS actual ON true
WHERE newest.row_sha256 IS DISTINCT FROM actual.row_sha256
ORDER BY newest.table_name, newest.row_id
LIMIT 100;

-- name: list_chained_tables
-- The tables whose rows are linked into the chain, each with a column `id`; by name.
SELECT pg_class.relname AS table_name, format_type(pg_attribute.atttypid, NULL) AS id_type
FROM pg_trigger
INNER JOIN pg_class ON pg_class.oid = pg_trigger.tgrelid
INNER JOIN pg_proc ON pg_proc.oid = pg_trigger.tgfoid
INNER JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid AND pg_attribute.attname = 'id'
WHERE pg_proc.proname = 'append_to_chain' AND pg_class.relnamespace = current_schema()::regnamespace
ORDER BY pg_class.relname;

-- name: list_unchained_rows
-- Of the next rows of a table, from a given one on and at most so many, those without a link, and the last in any case.
WITH stretch AS MATERIALIZED (
    SELECT id FROM {table} WHERE id >= %(first_id)s ORDER BY id LIMIT %(limit)s
)
SELECT
    stretch.id::text AS row_id,
    NOT EXISTS (
        SELECT FROM audit_chain AS links
        WHERE links.table_name = %(table_name)s AND links.row_id = stretch.id::text
    ) AS is_unchained
FROM stretch
WHERE
    stretch.id = (SELECT id FROM stretch ORDER BY id DESC LIMIT 1)
    OR NOT EXISTS (
        SELECT FROM audit_chain AS links
        WHERE links.table_name = %(table_name)s AND links.row_id = stretch.id::text
    )
ORDER BY stretch.id;

-- name: list_undecided_takes
-- The first 100 takes of a stretch whose decision is missing, younger, or not successful; no row if they are sound.
SELECT takes.id, takes.decision_id, decisions.status, decisions."timestamp" AS decided_at, takes.created_at
FROM
    (
        SELECT CASE WHEN row_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN row_id::uuid END AS take_id
        FROM audit_chain
        WHERE seq > %(after)s AND seq <= %(until)s AND table_name = 'takes'
        OFFSET 0
    ) AS stretch
    INNER JOIN takes ON takes.id = stretch.take_id
    LEFT JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id
WHERE decisions.id IS NULL OR decisions."timestamp" >= takes.created_at OR decisions.status <> 'succeeded'
ORDER BY takes.id
LIMIT 100;

-- name: list_files
-- Every file of the takes of a stretch, each once, with one take that uses it; no row if there are no takes.
-- A take that was made again with the same parameters after its file had been lost is left out.
SELECT file.value ->> 'path' AS path, file.value ->> 'sha256' AS sha256, min(takes.id::text) AS take_id
FROM
    (
        SELECT CASE WHEN row_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN row_id::uuid END AS take_id
        FROM audit_chain
        WHERE seq > %(after)s AND seq <= %(until)s AND table_name = 'takes'
        OFFSET 0
    ) AS stretch
    INNER JOIN takes ON takes.id = stretch.take_id
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
