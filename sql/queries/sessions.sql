-- name: begin_session
-- Inserts a creative session. No row when one with this id has begun already, else one row with the id.
INSERT INTO creative_sessions (id, project_id, title, started_by, notes)
VALUES (%(id)s::uuid, %(project_id)s, %(title)s, %(started_by)s, %(notes)s)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: find_by_id
-- The creative session with this id; no row if it does not exist.
SELECT id, project_id, title, started_by, started_at, ended_at, notes
FROM creative_sessions
WHERE id = %(id)s::uuid;

-- name: end_session
-- Ends a creative session and returns its id; no row if it has already ended or does not exist.
UPDATE creative_sessions
SET ended_at = clock_timestamp()
WHERE id = %(id)s::uuid AND ended_at IS NULL
RETURNING id;

-- name: list_newest
-- The newest creative sessions, newest first; only of one project unless it is ''. No row if there are none.
SELECT id, project_id, title, started_by, started_at, ended_at, notes
FROM creative_sessions
WHERE %(project_id)s IN ('', project_id)
ORDER BY started_at DESC, id DESC
LIMIT %(limit)s;

-- name: list_by_episode
-- The creative sessions in which something was decided for an episode, oldest first; no row if there are none.
SELECT id, project_id, title, started_by, started_at, ended_at, notes
FROM creative_sessions
WHERE id IN (
    SELECT decisions.session_id
    FROM generation_decisions AS decisions
    WHERE decisions.project_id = %(project_id)s AND decisions.episode_id = %(episode_id)s
)
ORDER BY started_at, id;

-- name: list_decisions
-- Every decision of a creative session, oldest first; no row if it has none.
SELECT
    id, project_id, episode_id, scene_id, shot_id, line_id, decision_type, reasoning, "timestamp", status,
    quality_score, created_by, engine, engine_version, attempt, run_id, server, duration_s, error_message, cause,
    score_version
FROM decision_records
WHERE session_id = %(id)s::uuid
ORDER BY "timestamp", id;

-- name: list_consultations
-- Every consultation of a creative session or of one of its decisions, oldest first; no row if there was none.
SELECT
    id, decision_id, query, response, model_used, confidence_score, "timestamp", duration_s, used, overruled
FROM ai_consultations
WHERE
    session_id = %(id)s::uuid
    OR decision_id IN (
        SELECT decisions.id FROM generation_decisions AS decisions WHERE decisions.session_id = %(id)s::uuid
    )
ORDER BY "timestamp", id;

-- name: list_projects
-- Every project that has a creative session, by id; no row if there is none.
SELECT DISTINCT project_id FROM creative_sessions ORDER BY project_id;

-- name: list_summaries
-- The newest creative sessions with what came of each, newest first; only of one project unless it is ''. May be empty.
-- Only those older than the one with the id `after`, unless that is NULL.
-- A take counts as rejected only if it is the newest of its subject: what a later attempt made good is no failure.
SELECT
    chosen.id, chosen.project_id, chosen.title, chosen.started_by, chosen.started_at, chosen.ended_at,
    coalesce(decided.run_ids, '{}') AS run_ids,
    coalesce(decided.episode_ids, '{}') AS episode_ids,
    coalesce(decided.decisions, 0) AS decisions,
    coalesce(decided.failed, 0) AS failed,
    coalesce(decided.cancelled, 0) AS cancelled,
    decided.mean_score,
    coalesce(made.takes, 0) AS takes,
    coalesce(made.accepted, 0) AS accepted,
    coalesce(made.rejected, 0) AS rejected,
    coalesce(made.masters, 0) AS masters,
    asked.consultations
FROM
    (
        SELECT id, project_id, title, started_by, started_at, ended_at
        FROM creative_sessions
        WHERE
            %(project_id)s IN ('', project_id)
            AND (
                %(after)s::uuid IS NULL
                OR (started_at, id) < (
                    SELECT earlier.started_at, earlier.id
                    FROM creative_sessions AS earlier
                    WHERE earlier.id = %(after)s::uuid
                )
            )
        ORDER BY started_at DESC, id DESC
        LIMIT %(limit)s
    ) AS chosen
    LEFT JOIN LATERAL (
        SELECT
            array_agg(DISTINCT decisions.run_id) FILTER (WHERE decisions.run_id <> '') AS run_ids,
            array_agg(DISTINCT decisions.episode_id) FILTER (WHERE decisions.episode_id <> '') AS episode_ids,
            count(*) AS decisions,
            count(*) FILTER (WHERE decisions.status IN ('failed', 'lost')) AS failed,
            count(*) FILTER (WHERE decisions.status IN ('cancelled', 'pending', 'running')) AS cancelled,
            avg(graded_score(decisions.quality_score, decisions.score_version))
            FILTER (WHERE decisions.status = 'succeeded') AS mean_score
        FROM generation_decisions AS decisions
        WHERE decisions.session_id = chosen.id
    ) AS decided ON true
    LEFT JOIN LATERAL (
        SELECT
            count(*) AS takes,
            count(*) FILTER (WHERE judged.is_accepted) AS accepted,
            count(*) FILTER (WHERE judged.is_newest AND NOT judged.is_accepted) AS rejected,
            count(*) FILTER (WHERE judged.is_accepted AND judged.stage = 'master') AS masters
        FROM (
            SELECT
                takes.stage,
                EXISTS (SELECT FROM accepted_takes WHERE accepted_takes.take_id = takes.id) AS is_accepted,
                takes.created_at = max(takes.created_at) OVER (
                    PARTITION BY takes.stage, takes.episode_id, takes.scene_id, takes.shot_id, takes.line_id
                ) AS is_newest
            FROM decided_takes AS takes INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id
            WHERE decisions.session_id = chosen.id
        ) AS judged
    ) AS made ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS consultations
        FROM ai_consultations AS consultations
        WHERE
            consultations.session_id = chosen.id
            OR consultations.decision_id IN (
                SELECT decisions.id FROM generation_decisions AS decisions WHERE decisions.session_id = chosen.id
            )
    ) AS asked
ORDER BY chosen.started_at DESC, chosen.id DESC;
