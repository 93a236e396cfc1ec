-- name: lock_state
-- One row: the time up to which the record has been summed. It stays locked until the transaction ends.
SELECT greatest(summed_until, 'epoch'::timestamptz) AS summed_until, clock_timestamp() AS now
FROM workflow_profiles_state
FOR UPDATE;

-- name: sum_days
-- Sums every day with changes since a given time again; one row per engine, shot type and day, none without changes.
-- A run's duration is its GPU time where the engine reports it, so that waiting in a queue does not count.
WITH changed_days AS (
    SELECT (finished_at AT TIME ZONE 'UTC')::date AS day
    FROM generation_decisions
    WHERE decision_type IN ('keyframe', 'clip') AND finished_at IS NOT NULL AND finished_at >= %(since)s
    UNION
    SELECT (decisions.finished_at AT TIME ZONE 'UTC')::date
    FROM generation_decisions AS decisions
    INNER JOIN takes ON takes.decision_id = decisions.id
    WHERE
        decisions.decision_type IN ('keyframe', 'clip')
        AND decisions.finished_at IS NOT NULL
        AND (
            takes.id IN (SELECT take_id FROM verdicts WHERE "timestamp" >= %(since)s)
            OR takes.id IN (SELECT take_id FROM waivers WHERE "timestamp" >= %(since)s)
        )
), span AS (
    SELECT min(day)::timestamp AT TIME ZONE 'UTC' AS first, (max(day) + 1)::timestamp AT TIME ZONE 'UTC' AS last
    FROM changed_days
), ended AS (
    SELECT
        decisions.id, decisions.engine, (decisions.finished_at AT TIME ZONE 'UTC')::date AS day,
        decisions.status, decisions.quality_score,
        coalesce(decisions.gpu_s, 0) AS gpu_s,
        coalesce(nullif(decisions.gpu_s, 0), decisions.duration_s) AS seconds,
        (brief ->> 'framing')
        || CASE WHEN jsonb_array_length(coalesce(brief -> 'speaking', '[]')) > 0 THEN ', speaking' ELSE '' END
            AS shot_type,
        (brief ->> 'width_px')::float8 * (brief ->> 'height_px')::float8
        * coalesce((brief ->> 'frames')::float8, 1) / 1e6 AS work,
        -- Time lost to an unavailable server or a killed process is not the workflow's fault.
        decisions.status = 'succeeded'
        OR (decisions.status = 'failed' AND coalesce(decisions.error_message, '') !~ '^(ServiceUnavailable|RenderLost)')
            AS is_run
    FROM generation_decisions AS decisions
    CROSS JOIN span
    CROSS JOIN LATERAL (SELECT decisions.parameters -> 'brief' AS brief) AS request
    WHERE
        decisions.decision_type IN ('keyframe', 'clip')
        AND decisions.finished_at IS NOT NULL
        AND decisions.finished_at >= span.first AND decisions.finished_at < span.last
        AND (decisions.finished_at AT TIME ZONE 'UTC')::date IN (SELECT day FROM changed_days)
        AND brief ? 'framing'
), ended_takes AS (
    SELECT ended.id, takes.id AS take_id
    FROM ended INNER JOIN takes ON takes.decision_id = ended.id
), newest_verdicts AS (
    SELECT DISTINCT ON (verdicts.take_id, verdicts.gate, verdicts.measure)
        ended_takes.id, verdicts.take_id, verdicts.gate, verdicts.passed
    FROM ended_takes INNER JOIN verdicts ON verdicts.take_id = ended_takes.take_id
    ORDER BY verdicts.take_id, verdicts.gate, verdicts.measure, verdicts.id DESC
), judgements AS (
    SELECT
        newest.id,
        bool_and(
            newest.passed
            OR EXISTS (SELECT FROM waivers WHERE waivers.take_id = newest.take_id AND waivers.gate = newest.gate)
        ) AS accepted
    FROM newest_verdicts AS newest
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
    count(*) FILTER (WHERE ended.status = 'succeeded' AND judgements.accepted IS NOT NULL),
    count(*) FILTER (WHERE ended.status = 'succeeded' AND judgements.accepted),
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
LEFT JOIN judgements ON judgements.id = ended.id
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

-- name: record_summed_until
-- Saves the time up to which the record has been summed. Returns no row.
UPDATE workflow_profiles_state SET summed_until = %(until)s;

-- name: list_tallies
-- The weighted sums of each engine and shot type; no row for an engine without recent runs.
-- A day's weight halves with every half-life in days and with every half-life in later runs of the same kind.
WITH weighted AS (
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
FROM weighted
GROUP BY engine, shot_type
ORDER BY engine, shot_type;

-- name: list_latest_runs
-- The newest runs of each of these engines that succeeded or failed, oldest first; no row for an engine without any.
SELECT latest.engine, latest.server, latest.finished_at AS at, latest.status = 'failed' AS failed, latest.error_message
FROM unnest(%(engines)s::text[]) AS engines (engine)
CROSS JOIN LATERAL (
    SELECT engine, server, finished_at, status, error_message
    FROM generation_decisions
    WHERE
        generation_decisions.engine = engines.engine
        AND decision_type IN ('keyframe', 'clip')
        AND finished_at IS NOT NULL
        AND status IN ('succeeded', 'failed')
    ORDER BY finished_at DESC
    LIMIT %(limit)s
) AS latest
ORDER BY latest.engine, latest.finished_at;

-- name: list_engine_statistics
-- One row per engine and stage with the results, durations, memory and mean score of its runs; none without runs.
SELECT
    decisions.engine, decisions.decision_type AS stage,
    count(*) FILTER (WHERE decisions.status IN ('succeeded', 'failed', 'lost')) AS runs,
    count(*) FILTER (WHERE decisions.status = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE accepted_takes.take_id IS NOT NULL) AS accepted,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(nullif(decisions.gpu_s, 0), decisions.duration_s))
        FILTER (WHERE decisions.status = 'succeeded') AS median_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY coalesce(nullif(decisions.gpu_s, 0), decisions.duration_s))
        FILTER (WHERE decisions.status = 'succeeded') AS p95_s,
    coalesce(sum(decisions.gpu_s), 0) AS gpu_s,
    avg(decisions.quality_score) AS mean_score,
    max(memory.vram_bytes) AS vram_bytes
FROM generation_decisions AS decisions
LEFT JOIN takes ON takes.decision_id = decisions.id
LEFT JOIN accepted_takes ON accepted_takes.take_id = takes.id
LEFT JOIN (
    SELECT decision_id, max(peak_vram_bytes) AS vram_bytes FROM workflow_history GROUP BY decision_id
) AS memory ON memory.decision_id = decisions.id
WHERE
    decisions.decision_type IN ('keyframe', 'clip')
    AND decisions.finished_at IS NOT NULL
    AND decisions.finished_at >= %(since)s
GROUP BY decisions.engine, decisions.decision_type
ORDER BY decisions.decision_type, decisions.engine;

-- name: list_failures
-- How many runs of each engine failed for each reason: a gate that rejected the take, or a kind of error; may be empty.
SELECT decisions.engine, failures.reason, count(*) AS runs
FROM generation_decisions AS decisions
CROSS JOIN LATERAL (
    SELECT DISTINCT newest.gate AS reason
    FROM (
        SELECT DISTINCT ON (verdicts.gate, verdicts.measure) verdicts.gate, verdicts.passed
        FROM takes INNER JOIN verdicts ON verdicts.take_id = takes.id
        WHERE takes.decision_id = decisions.id
        ORDER BY verdicts.gate, verdicts.measure, verdicts.id DESC
    ) AS newest
    WHERE NOT newest.passed
    UNION ALL
    SELECT split_part(coalesce(decisions.error_message, decisions.status), ':', 1)
    WHERE decisions.status = 'failed'
    UNION ALL
    SELECT 'lost' WHERE decisions.status = 'lost'
) AS failures
WHERE
    decisions.decision_type IN ('keyframe', 'clip')
    AND decisions.finished_at IS NOT NULL
    AND decisions.finished_at >= %(since)s
GROUP BY decisions.engine, failures.reason
ORDER BY decisions.engine, runs DESC, failures.reason;

-- name: list_predictions
-- The newest 2000 runs with a predicted duration, oldest first, each with prediction and result; may be empty.
SELECT runs.engine, runs.predicted_s, runs.low_s, runs.high_s, runs.seconds, runs.at
FROM (
    SELECT
        decisions.engine, decisions.finished_at AS at,
        (candidate ->> 'seconds')::float8 AS predicted_s,
        (candidate ->> 'seconds_low')::float8 AS low_s,
        (candidate ->> 'seconds_high')::float8 AS high_s,
        coalesce(nullif(decisions.gpu_s, 0), decisions.duration_s) AS seconds
    FROM generation_decisions AS decisions
    CROSS JOIN LATERAL jsonb_array_elements(decisions.alternatives) AS candidate
    WHERE
        decisions.decision_type IN ('keyframe', 'clip')
        AND decisions.status = 'succeeded'
        AND decisions.finished_at >= %(since)s
        AND candidate ->> 'engine' = decisions.engine
        AND candidate ? 'seconds'
    ORDER BY decisions.finished_at DESC
    LIMIT 2000
) AS runs
ORDER BY runs.at;

-- name: list_costs
-- Costs and accepted takes by engine, character ('' for a shot without any) and framing; no row without runs.
SELECT
    decisions.engine,
    coalesce(subject ->> 'character', '') AS character,
    decisions.parameters -> 'brief' ->> 'framing' AS framing,
    count(accepted_takes.take_id) AS accepted,
    coalesce(sum(decisions.gpu_s), 0) AS gpu_s,
    coalesce(sum(decisions.cpu_s), 0) AS cpu_s
FROM generation_decisions AS decisions
LEFT JOIN takes ON takes.decision_id = decisions.id
LEFT JOIN accepted_takes ON accepted_takes.take_id = takes.id
LEFT JOIN shot_plans
    ON shot_plans.project_id = decisions.project_id
    AND shot_plans.episode_id = decisions.episode_id
    AND shot_plans.scene_id = decisions.scene_id
    AND shot_plans.id = decisions.shot_id
LEFT JOIN LATERAL jsonb_array_elements(shot_plans.story -> 'subjects') AS subject ON true
WHERE
    decisions.decision_type IN ('keyframe', 'clip')
    AND decisions.finished_at IS NOT NULL
    AND decisions.finished_at >= %(since)s
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;
