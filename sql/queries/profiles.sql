-- name: hold_state
-- One row: up to when the record has been summed; nobody else sums until the transaction ends.
SELECT greatest(summed_until, 'epoch'::timestamptz) AS summed_until, clock_timestamp() AS now
FROM workflow_profiles_state
FOR UPDATE;

-- name: sum_days
-- Sums anew every day on which something happened since a moment; a row for each engine, shot type and day written.
-- A run's seconds are its GPU seconds where the engine tells them, so that waiting in a queue does not count.
WITH touched AS (
    SELECT (finished_at AT TIME ZONE 'UTC')::date AS day
    FROM generation_decisions
    WHERE decision_type IN ('keyframe', 'clip') AND finished_at IS NOT NULL AND finished_at >= %(since)s
    UNION
    SELECT (decided.finished_at AT TIME ZONE 'UTC')::date
    FROM generation_decisions AS decided
    INNER JOIN takes ON takes.decision_id = decided.id
    WHERE
        decided.decision_type IN ('keyframe', 'clip')
        AND decided.finished_at IS NOT NULL
        AND (
            takes.id IN (SELECT take_id FROM verdicts WHERE "timestamp" >= %(since)s)
            OR takes.id IN (SELECT take_id FROM waivers WHERE "timestamp" >= %(since)s)
        )
), span AS (
    SELECT min(day)::timestamp AT TIME ZONE 'UTC' AS first, (max(day) + 1)::timestamp AT TIME ZONE 'UTC' AS last
    FROM touched
), ended AS (
    SELECT
        decided.id, decided.engine, (decided.finished_at AT TIME ZONE 'UTC')::date AS day,
        decided.status, decided.quality_score,
        coalesce(decided.gpu_s, 0) AS gpu_s,
        coalesce(nullif(decided.gpu_s, 0), decided.duration_s) AS seconds,
        (brief ->> 'framing')
        || CASE WHEN jsonb_array_length(coalesce(brief -> 'speaking', '[]')) > 0 THEN ', speaking' ELSE '' END
            AS shot_type,
        (brief ->> 'width_px')::float8 * (brief ->> 'height_px')::float8
        * coalesce((brief ->> 'frames')::float8, 1) / 1e6 AS work,
        -- What a server that went away, or a killed process, cost is not the workflow's fault.
        decided.status = 'succeeded'
        OR (decided.status = 'failed' AND coalesce(decided.error_message, '') !~ '^(ServiceUnavailable|RenderLost)')
            AS is_run
    FROM generation_decisions AS decided
    CROSS JOIN span
    CROSS JOIN LATERAL (SELECT decided.parameters -> 'brief' AS brief) AS given
    WHERE
        decided.decision_type IN ('keyframe', 'clip')
        AND decided.finished_at IS NOT NULL
        AND decided.finished_at >= span.first AND decided.finished_at < span.last
        AND (decided.finished_at AT TIME ZONE 'UTC')::date IN (SELECT day FROM touched)
        AND brief ? 'framing'
), made AS (
    SELECT ended.id, takes.id AS take_id
    FROM ended INNER JOIN takes ON takes.decision_id = ended.id
), newest AS (
    SELECT DISTINCT ON (verdicts.take_id, verdicts.gate, verdicts.measure)
        made.id, verdicts.take_id, verdicts.gate, verdicts.passed
    FROM made INNER JOIN verdicts ON verdicts.take_id = made.take_id
    ORDER BY verdicts.take_id, verdicts.gate, verdicts.measure, verdicts.id DESC
), judged AS (
    SELECT
        newest.id,
        bool_and(
            newest.passed
            OR EXISTS (SELECT FROM waivers WHERE waivers.take_id = newest.take_id AND waivers.gate = newest.gate)
        ) AS accepted
    FROM newest
    GROUP BY newest.id
), memory AS (
    SELECT ended.id, max(workflow_history.peak_vram_bytes) AS vram_bytes
    FROM ended INNER JOIN workflow_history ON workflow_history.decision_id = ended.id
    GROUP BY ended.id
)
INSERT INTO workflow_profiles_daily (
    engine, shot_type, day, rows, runs, succeeded, judged, accepted, scored, score_sum, timed, log_pace_sum, gpu_s,
    vram_bytes
)
SELECT
    ended.engine, ended.shot_type, ended.day,
    count(*),
    count(*) FILTER (WHERE ended.is_run),
    count(*) FILTER (WHERE ended.status = 'succeeded'),
    count(*) FILTER (WHERE ended.status = 'succeeded' AND judged.accepted IS NOT NULL),
    count(*) FILTER (WHERE ended.status = 'succeeded' AND judged.accepted),
    count(*) FILTER (WHERE ended.status = 'succeeded' AND ended.quality_score IS NOT NULL),
    coalesce(sum(ended.quality_score) FILTER (WHERE ended.status = 'succeeded'), 0),
    count(*) FILTER (WHERE ended.status = 'succeeded' AND ended.seconds > 0 AND ended.work > 0),
    coalesce(
        sum(ln(ended.seconds / ended.work))
            FILTER (WHERE ended.status = 'succeeded' AND ended.seconds > 0 AND ended.work > 0),
        0
    ),
    sum(ended.gpu_s),
    coalesce(max(memory.vram_bytes), 0)
FROM ended
LEFT JOIN judged ON judged.id = ended.id
LEFT JOIN memory ON memory.id = ended.id
WHERE ended.status IN ('succeeded', 'failed', 'lost')
GROUP BY ended.engine, ended.shot_type, ended.day
ON CONFLICT (engine, day, shot_type) DO UPDATE SET
    rows = excluded.rows,
    runs = excluded.runs,
    succeeded = excluded.succeeded,
    judged = excluded.judged,
    accepted = excluded.accepted,
    scored = excluded.scored,
    score_sum = excluded.score_sum,
    timed = excluded.timed,
    log_pace_sum = excluded.log_pace_sum,
    gpu_s = excluded.gpu_s,
    vram_bytes = excluded.vram_bytes
RETURNING engine, shot_type, day;

-- name: note_summed
-- Remembers up to when the record has been summed.
UPDATE workflow_profiles_state SET summed_until = %(until)s;

-- name: list_tallies
-- The sums of each engine and shot type; a day weighs half after every half-life and after so many later runs of both.
WITH weighed AS (
    SELECT
        daily.engine, daily.shot_type, daily.rows, daily.runs, daily.succeeded, daily.judged, daily.accepted,
        daily.scored, daily.score_sum, daily.timed, daily.log_pace_sum, daily.gpu_s, daily.vram_bytes,
        power(
            0.5::float8,
            greatest(%(today)s::date - daily.day, 0) / %(half_life_days)s::float8
            + (
                sum(daily.runs) OVER (PARTITION BY daily.engine, daily.shot_type ORDER BY daily.day DESC) - daily.runs
            ) / %(runs_half_life)s::float8
        ) AS weight
    FROM workflow_profiles_daily AS daily
    WHERE daily.engine = ANY(%(engines)s::text[]) AND daily.day > %(today)s::date - %(days)s::integer
)
SELECT
    engine, shot_type,
    sum(weight * runs) AS runs,
    sum(weight * succeeded) AS succeeded,
    sum(weight * judged) AS judged,
    sum(weight * accepted) AS accepted,
    sum(weight * scored) AS scored,
    sum(weight * score_sum) AS score_sum,
    sum(weight * timed) AS timed,
    sum(weight * log_pace_sum) AS log_pace_sum,
    sum(weight * gpu_s) AS gpu_s,
    max(vram_bytes) AS vram_bytes,
    sum(rows)::integer AS rows
FROM weighed
GROUP BY engine, shot_type
ORDER BY engine, shot_type;

-- name: list_latest_runs
-- The newest ended runs of each of these engines, oldest first; what was called off or lost with its process is none.
SELECT latest.engine, latest.server, latest.finished_at AS at, latest.status = 'failed' AS failed, latest.error_message
FROM unnest(%(engines)s::text[]) AS wanted (engine)
CROSS JOIN LATERAL (
    SELECT engine, server, finished_at, status, error_message
    FROM generation_decisions
    WHERE
        generation_decisions.engine = wanted.engine
        AND decision_type IN ('keyframe', 'clip')
        AND finished_at IS NOT NULL
        AND status IN ('succeeded', 'failed')
    ORDER BY finished_at DESC
    LIMIT %(limit)s
) AS latest
ORDER BY latest.engine, latest.finished_at;

-- name: list_figures
-- For each engine: what became of its runs, its median and 95th percentile of seconds, memory and mean score.
SELECT
    decided.engine, decided.decision_type AS stage,
    count(*) FILTER (WHERE decided.status IN ('succeeded', 'failed', 'lost')) AS runs,
    count(*) FILTER (WHERE decided.status = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE accepted_takes.take_id IS NOT NULL) AS accepted,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(nullif(decided.gpu_s, 0), decided.duration_s))
        FILTER (WHERE decided.status = 'succeeded') AS median_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY coalesce(nullif(decided.gpu_s, 0), decided.duration_s))
        FILTER (WHERE decided.status = 'succeeded') AS p95_s,
    coalesce(sum(decided.gpu_s), 0) AS gpu_s,
    avg(decided.quality_score) AS mean_score,
    max(memory.vram_bytes) AS vram_bytes
FROM generation_decisions AS decided
LEFT JOIN takes ON takes.decision_id = decided.id
LEFT JOIN accepted_takes ON accepted_takes.take_id = takes.id
LEFT JOIN (
    SELECT decision_id, max(peak_vram_bytes) AS vram_bytes FROM workflow_history GROUP BY decision_id
) AS memory ON memory.decision_id = decided.id
WHERE
    decided.decision_type IN ('keyframe', 'clip')
    AND decided.finished_at IS NOT NULL
    AND decided.finished_at >= %(since)s
GROUP BY decided.engine, decided.decision_type
ORDER BY decided.decision_type, decided.engine;

-- name: list_failures
-- For each engine and reason, how many runs ended so: a gate that rejected the take, or the kind of error.
SELECT decided.engine, failed.reason, count(*) AS runs
FROM generation_decisions AS decided
CROSS JOIN LATERAL (
    SELECT DISTINCT newest.gate AS reason
    FROM (
        SELECT DISTINCT ON (verdicts.gate, verdicts.measure) verdicts.gate, verdicts.passed
        FROM takes INNER JOIN verdicts ON verdicts.take_id = takes.id
        WHERE takes.decision_id = decided.id
        ORDER BY verdicts.gate, verdicts.measure, verdicts.id DESC
    ) AS newest
    WHERE NOT newest.passed
    UNION ALL
    SELECT split_part(coalesce(decided.error_message, decided.status), ':', 1)
    WHERE decided.status = 'failed'
    UNION ALL
    SELECT 'lost' WHERE decided.status = 'lost'
) AS failed
WHERE
    decided.decision_type IN ('keyframe', 'clip')
    AND decided.finished_at IS NOT NULL
    AND decided.finished_at >= %(since)s
GROUP BY decided.engine, failed.reason
ORDER BY decided.engine, runs DESC, failed.reason;

-- name: list_predictions
-- What was predicted when an engine was chosen and what happened, oldest first, the newest 2000.
SELECT chosen.engine, chosen.predicted_s, chosen.low_s, chosen.high_s, chosen.seconds, chosen.at
FROM (
    SELECT
        decided.engine, decided.finished_at AS at,
        (ranked ->> 'seconds')::float8 AS predicted_s,
        (ranked ->> 'seconds_low')::float8 AS low_s,
        (ranked ->> 'seconds_high')::float8 AS high_s,
        coalesce(nullif(decided.gpu_s, 0), decided.duration_s) AS seconds
    FROM generation_decisions AS decided
    CROSS JOIN LATERAL jsonb_array_elements(decided.alternatives) AS ranked
    WHERE
        decided.decision_type IN ('keyframe', 'clip')
        AND decided.status = 'succeeded'
        AND decided.finished_at >= %(since)s
        AND ranked ->> 'engine' = decided.engine
        AND ranked ? 'seconds'
    ORDER BY decided.finished_at DESC
    LIMIT 2000
) AS chosen
ORDER BY chosen.at;

-- name: list_costs
-- GPU seconds and accepted takes by engine, character and framing, '' where nobody is in the frame.
SELECT
    decided.engine,
    coalesce(subject ->> 'character', '') AS character,
    decided.parameters -> 'brief' ->> 'framing' AS framing,
    count(accepted_takes.take_id) AS accepted,
    coalesce(sum(decided.gpu_s), 0) AS gpu_s,
    coalesce(sum(decided.cpu_s), 0) AS cpu_s
FROM generation_decisions AS decided
LEFT JOIN takes ON takes.decision_id = decided.id
LEFT JOIN accepted_takes ON accepted_takes.take_id = takes.id
LEFT JOIN shot_plans
    ON shot_plans.project_id = decided.project_id
    AND shot_plans.episode_id = decided.episode_id
    AND shot_plans.scene_id = decided.scene_id
    AND shot_plans.id = decided.shot_id
LEFT JOIN LATERAL jsonb_array_elements(shot_plans.story -> 'subjects') AS subject ON true
WHERE
    decided.decision_type IN ('keyframe', 'clip')
    AND decided.finished_at IS NOT NULL
    AND decided.finished_at >= %(since)s
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;
