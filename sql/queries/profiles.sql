-- name: lock_state
-- One row, locked until the transaction ends: up to when the record has been summed, and when its first run ended.
SELECT
    greatest(state.summed_until, 'epoch'::timestamptz) AS summed_until, clock_timestamp() AS now,
    (
        SELECT decisions.finished_at
        FROM generation_decisions AS decisions
        WHERE decisions.decision_type IN ('keyframe', 'clip') AND decisions.finished_at IS NOT NULL
        ORDER BY decisions.finished_at
        LIMIT 1
    ) AS first_finished_at
FROM workflow_profiles_state AS state
FOR UPDATE OF state;

-- name: sum_days
-- Sums every day with changes between two times again; one row per engine, shot type and day, none without changes.
-- A run's duration is its GPU time where the engine reports it, so that waiting in a queue does not count.
WITH judged AS (
    SELECT take_id FROM verdicts WHERE "timestamp" >= %(since)s AND "timestamp" < %(until)s
    UNION
    SELECT take_id FROM waivers WHERE "timestamp" >= %(since)s AND "timestamp" < %(until)s
), changed_days AS (
    SELECT (finished_at AT TIME ZONE 'UTC')::date AS day
    FROM generation_decisions
    WHERE
        decision_type IN ('keyframe', 'clip') AND finished_at IS NOT NULL
        AND finished_at >= %(since)s AND finished_at < %(until)s
    UNION
    SELECT (decisions.finished_at AT TIME ZONE 'UTC')::date
    FROM judged
    CROSS JOIN LATERAL (
        SELECT takes.decision_id FROM decided_takes AS takes WHERE takes.id = judged.take_id OFFSET 0
    ) AS takes
    CROSS JOIN LATERAL (
        SELECT finished_at
        FROM generation_decisions
        WHERE id = takes.decision_id AND decision_type IN ('keyframe', 'clip') AND finished_at IS NOT NULL
        OFFSET 0
    ) AS decisions
), ended AS (
    SELECT
        decisions.id, decisions.engine, (decisions.finished_at AT TIME ZONE 'UTC')::date AS day,
        decisions.status, graded_score(decisions.quality_score, decisions.score_version) AS score,
        coalesce(decisions.gpu_s, 0) AS gpu_s,
        coalesce(nullif(decisions.gpu_s, 0), decisions.duration_s) AS seconds,
        (brief ->> 'framing')
        || CASE WHEN jsonb_array_length(coalesce(brief -> 'speaking', '[]')) > 0 THEN ', speaking' ELSE '' END
            AS shot_type,
        (brief ->> 'width_px')::float8 * (brief ->> 'height_px')::float8
        * coalesce((brief ->> 'frames')::float8, 1) / 1e6 AS work,
        -- What a person stopped, a server lost or this machine could not do is not the workflow's fault.
        decisions.status = 'succeeded'
        OR coalesce(
            failure_cause(decisions.status, decisions.cause, decisions.error_message)
            IN ('out_of_memory', 'broken_graph'),
            false
        ) AS is_run
    FROM changed_days
    CROSS JOIN LATERAL (
        SELECT *
        FROM generation_decisions
        WHERE
            decision_type IN ('keyframe', 'clip')
            AND finished_at IS NOT NULL
            AND finished_at >= changed_days.day::timestamp AT TIME ZONE 'UTC'
            AND finished_at < (changed_days.day + 1)::timestamp AT TIME ZONE 'UTC'
        OFFSET 0
    ) AS decisions
    CROSS JOIN LATERAL (SELECT decisions.parameters -> 'brief' AS brief) AS request
    WHERE brief ? 'framing'
), judgements AS (
    SELECT ended.id, accepted.accepted
    FROM ended
    CROSS JOIN LATERAL (
        SELECT
            bool_and(
                newest.passed
                OR EXISTS (SELECT FROM waivers WHERE waivers.take_id = newest.take_id AND waivers.gate = newest.gate)
            ) AS accepted
        FROM (
            SELECT DISTINCT ON (verdicts.gate, verdicts.measure) verdicts.take_id, verdicts.gate, verdicts.passed
            FROM decided_takes AS takes INNER JOIN verdicts ON verdicts.take_id = takes.id
            WHERE takes.decision_id = ended.id
            ORDER BY verdicts.gate, verdicts.measure, verdicts.id DESC
        ) AS newest
    ) AS accepted
), memory AS (
    SELECT ended.id, used.vram_bytes
    FROM ended
    CROSS JOIN LATERAL (
        SELECT max(runs.peak_vram_bytes) AS vram_bytes FROM workflow_history AS runs WHERE runs.decision_id = ended.id
    ) AS used
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
    -- A rejected take counts as not accepted; its score says nothing of how good the others are.
    count(ended.score) FILTER (WHERE ended.status = 'succeeded' AND judgements.accepted),
    coalesce(sum(ended.score) FILTER (WHERE ended.status = 'succeeded' AND judgements.accepted), 0),
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
-- The weighted sums of each engine, shot type and day, oldest first; no row for an engine without recent runs.
-- A day's weight halves with every half-life; days that are two weeks old or more are summed seven at a time.
WITH weighted AS (
    SELECT
        daily.engine, daily.shot_type, daily.rows, daily.runs, daily.succeeded, daily.judged, daily.accepted,
        daily.scored, daily.score_sum, daily.timed, daily.log_pace_sum, daily.gpu_s, daily.vram_bytes,
        power(0.5::float8, days.ago / %(half_life_days)s::float8) AS weight,
        CASE WHEN days.ago < 14 THEN days.ago ELSE days.ago - mod(days.ago, 7) END AS days_ago
    FROM workflow_profiles_daily AS daily
    CROSS JOIN LATERAL (SELECT greatest(%(today)s::date - daily.day, 0) AS ago) AS days
    WHERE daily.engine = ANY(%(engines)s::text[]) AND daily.day > %(today)s::date - %(days)s::integer
)
SELECT
    engine, shot_type, days_ago,
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
GROUP BY engine, shot_type, days_ago
ORDER BY engine, days_ago DESC, shot_type;

-- name: list_latest_runs
-- The newest runs of each of these engines that say something about it, oldest first; no row for an engine without any.
-- Those are its takes and the failures that are its own, after the latest time at which somebody had them forgotten.
SELECT
    latest.engine, latest.server, latest.finished_at AS at, latest.cause, latest.error_message, latest.brief_digest
FROM unnest(%(engines)s::text[]) AS engines (engine)
CROSS JOIN LATERAL (
    SELECT
        engine, server, finished_at, error_message, brief_digest,
        failure_cause(generation_decisions.status, generation_decisions.cause, error_message) AS cause
    FROM generation_decisions
    WHERE
        -- Not `=`: then the index by time alone would do, and be read to its end for an engine without runs.
        generation_decisions.engine BETWEEN engines.engine AND engines.engine
        AND decision_type IN ('keyframe', 'clip')
        AND finished_at IS NOT NULL
        AND (
            status = 'succeeded'
            OR failure_cause(generation_decisions.status, generation_decisions.cause, error_message)
            IN ('out_of_memory', 'broken_graph')
        )
        AND NOT EXISTS (
            SELECT FROM breaker_resets AS resets
            WHERE
                resets.subject IN ('', generation_decisions.engine, generation_decisions.server)
                AND resets."timestamp" >= generation_decisions.finished_at
        )
    ORDER BY generation_decisions.engine, finished_at DESC
    LIMIT %(limit)s
) AS latest
ORDER BY latest.engine, latest.finished_at;

-- name: record_reset
-- Inserts that somebody had the failures of a workflow, a server or everything forgotten; one row with its time.
INSERT INTO breaker_resets (subject, who, why)
VALUES (%(subject)s, %(who)s, %(why)s)
RETURNING "timestamp";

-- name: find_reset_since
-- The latest time at which somebody had failures forgotten after a given one; no row if nobody had.
SELECT "timestamp" FROM breaker_resets WHERE "timestamp" > %(at)s ORDER BY "timestamp" DESC LIMIT 1;

-- name: find_newest_runs_begin
-- When the first of the newest so many runs ended, no row if there are fewer.
SELECT finished_at
FROM generation_decisions
WHERE decision_type IN ('keyframe', 'clip') AND finished_at IS NOT NULL
ORDER BY finished_at DESC
OFFSET %(runs)s - 1
LIMIT 1;

-- name: list_engine_statistics
-- One row per engine and stage with the results, durations, memory and mean score of its runs; none without runs.
SELECT
    decisions.engine, decisions.decision_type AS stage,
    count(*) FILTER (
        WHERE
            decisions.status = 'succeeded'
            OR failure_cause(decisions.status, decisions.cause, decisions.error_message)
            IN ('out_of_memory', 'broken_graph')
    ) AS runs,
    count(*) FILTER (WHERE decisions.status = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE judged.is_accepted) AS accepted,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(nullif(decisions.gpu_s, 0), decisions.duration_s))
        FILTER (WHERE decisions.status = 'succeeded') AS median_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY coalesce(nullif(decisions.gpu_s, 0), decisions.duration_s))
        FILTER (WHERE decisions.status = 'succeeded') AS p95_s,
    coalesce(sum(decisions.gpu_s), 0) AS gpu_s,
    coalesce(sum(decisions.cpu_s), 0) AS cpu_s,
    avg(graded_score(decisions.quality_score, decisions.score_version))
        FILTER (WHERE judged.is_accepted) AS mean_score,
    count(*) FILTER (WHERE decisions.quality_score IS NOT NULL AND decisions.score_version IS NULL) AS scored_before,
    max(judged.vram_bytes) AS vram_bytes
FROM generation_decisions AS decisions
CROSS JOIN LATERAL (
    -- Looked up for each run, so that no take of any other is read.
    SELECT
        (SELECT is_accepted(takes.id) FROM decided_takes AS takes WHERE takes.decision_id = decisions.id)
            AS is_accepted,
        (SELECT max(runs.peak_vram_bytes) FROM workflow_history AS runs WHERE runs.decision_id = decisions.id)
            AS vram_bytes
    OFFSET 0
) AS judged
WHERE
    decisions.decision_type IN ('keyframe', 'clip')
    AND decisions.finished_at IS NOT NULL
    AND decisions.finished_at >= %(since)s
GROUP BY decisions.engine, decisions.decision_type
ORDER BY decisions.decision_type, decisions.engine;

-- name: list_failures
-- How many runs of each engine failed for each reason: a gate that was not waived, or a cause; may be empty.
SELECT decisions.engine, failures.reason, count(*) AS runs
FROM generation_decisions AS decisions
CROSS JOIN LATERAL (
    SELECT DISTINCT newest.gate AS reason
    FROM (
        SELECT DISTINCT ON (verdicts.gate, verdicts.measure) verdicts.take_id, verdicts.gate, verdicts.passed
        FROM decided_takes AS takes INNER JOIN verdicts ON verdicts.take_id = takes.id
        WHERE takes.decision_id = decisions.id
        ORDER BY verdicts.gate, verdicts.measure, verdicts.id DESC
    ) AS newest
    WHERE
        NOT newest.passed
        AND NOT EXISTS (
            SELECT FROM waivers WHERE waivers.take_id = newest.take_id AND waivers.gate = newest.gate
        )
    UNION ALL
    SELECT failure_cause(decisions.status, decisions.cause, decisions.error_message)
    WHERE decisions.status IN ('failed', 'lost')
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
    count(*) FILTER (WHERE judged.is_accepted) AS accepted,
    coalesce(sum(decisions.gpu_s), 0) AS gpu_s,
    coalesce(sum(decisions.cpu_s), 0) AS cpu_s
FROM generation_decisions AS decisions
CROSS JOIN LATERAL (
    SELECT (SELECT is_accepted(takes.id) FROM decided_takes AS takes WHERE takes.decision_id = decisions.id)
        AS is_accepted
    OFFSET 0
) AS judged
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
