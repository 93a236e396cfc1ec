-- name: list_newest
-- The newest attempts of these projects, newest first: how each was made, what gates and people said of its take.
-- Those that made none count when their job failed or what came of it was unusable; when no server did the work, they
-- say nothing about how they were made, and are left out.
-- Only an engine's, a stage's or an episode's, unless that is ''. Whom clips show is looked up when `with_cast` says so.
SELECT
    decided.id AS decision_id, decided.project_id AS project, decided.episode_id AS episode,
    concat_ws('-', decided.scene_id, decided.shot_id) AS shot, decided.decision_type AS stage, decided.engine,
    decided."timestamp", decided.attempt, coalesce(decided.quality_score, 0) AS score,
    told.attempt - 'advice' AS parameters,
    coalesce(told.advice ->> 'source', told.attempt #>> '{advice,source}', '') AS source,
    coalesce(shown.framing, '') AS framing,
    coalesce(shown.setting ->> 'mood', shown.mood, shown.emotion, '') AS mood,
    coalesce(shown.prompt, shown.words, '') AS prompt,
    CASE
        WHEN jsonb_typeof(shown.character) = 'string' THEN jsonb_build_array(shown.character)
        WHEN jsonb_typeof(shown.character) = 'object' THEN jsonb_build_array(shown.character -> 'id')
        WHEN shown.subjects IS NOT NULL THEN jsonb_path_query_array(shown.subjects, '$[*].character')
        WHEN %(with_cast)s AND decided.decision_type = 'clip' THEN coalesce(
            (
                -- A clip's brief names nobody: whom it shows stands in the brief of the keyframe that it grew from.
                SELECT jsonb_path_query_array(still.parameters, '$.brief.subjects[*].character')
                FROM generation_decisions AS still
                WHERE
                    (still.project_id, still.episode_id, still.scene_id, still.shot_id, still.decision_type)
                    = (decided.project_id, decided.episode_id, decided.scene_id, decided.shot_id, 'keyframe')
                    AND still.status = 'succeeded'
                    AND still."timestamp" < decided."timestamp"
                ORDER BY still."timestamp" DESC
                LIMIT 1
            ),
            '[]'
        )
        ELSE '[]'
    END AS characters,
    coalesce(judged.passed, false) AS passed,
    CASE WHEN decided.take_id IS NULL THEN '{could_not_be_made}' ELSE coalesce(judged.failed, '{}') END AS failed,
    coalesce(said.opinion, '') AS opinion,
    coalesce(said.reasons, '{}') AS reasons
FROM
    (
        SELECT newest.*, takes.id AS take_id
        FROM generation_decisions AS newest LEFT JOIN takes ON takes.decision_id = newest.id
        WHERE
            newest.status IN ('succeeded', 'failed')
            AND (
                (takes.id IS NOT NULL AND newest.quality_score IS NOT NULL)
                OR (newest.status = 'failed' AND newest.error_message ~ '^(RenderFailed|MediaError):')
            )
            AND newest.project_id = ANY(%(project_ids)s::text[])
            AND %(engine)s IN ('', newest.engine)
            AND %(stage)s IN ('', newest.decision_type)
            AND %(episode_id)s IN ('', newest.episode_id)
        ORDER BY newest."timestamp" DESC, newest.id DESC
        LIMIT %(most)s
    ) AS decided
    -- Taken apart once: a brief is large, and each look into it would unpack it anew.
    CROSS JOIN LATERAL jsonb_to_record(decided.parameters) AS told (brief jsonb, attempt jsonb, advice jsonb)
    CROSS JOIN LATERAL jsonb_to_record(coalesce(told.brief, '{}')) AS shown (
        framing text, setting jsonb, mood text, emotion text, prompt text, words text, subjects jsonb, character jsonb
    )
    LEFT JOIN LATERAL (
        SELECT
            bool_and(
                latest.passed
                OR EXISTS (
                    SELECT FROM waivers WHERE waivers.take_id = decided.take_id AND waivers.gate = latest.gate
                )
            ) AS passed,
            array_agg(DISTINCT latest.gate) FILTER (WHERE NOT latest.passed) AS failed
        FROM (
            SELECT DISTINCT ON (verdicts.gate, verdicts.measure) verdicts.gate, verdicts.passed
            FROM verdicts
            WHERE verdicts.take_id = decided.take_id
            ORDER BY verdicts.gate, verdicts.measure, verdicts.id DESC
        ) AS latest
    ) AS judged ON true
    LEFT JOIN LATERAL (
        SELECT
            (array_agg(feedback.opinion ORDER BY feedback."timestamp" DESC, feedback.id DESC))[1] AS opinion,
            array_agg(feedback.opinion || ':' || feedback.reason ORDER BY feedback."timestamp", feedback.id) AS reasons
        FROM feedback
        WHERE feedback.decision_id = decided.id
    ) AS said ON true
ORDER BY decided."timestamp" DESC, decided.id DESC;

-- name: list_settings
-- What every project says about learning, NULL where it says nothing.
SELECT id AS project_id, story -> 'learning' AS learning FROM projects WHERE removed_at IS NULL ORDER BY id;

-- name: save_pattern
-- Keeps something learned, in place of what was said under the same words before.
INSERT INTO learned_patterns (project_id, stage, engine, pattern, conditions, evidence, samples, mean_score)
VALUES (
    %(project_id)s, %(stage)s, %(engine)s, %(pattern)s, %(conditions)s, %(evidence)s, %(samples)s, %(mean_score)s
)
ON CONFLICT (project_id, stage, engine, pattern) DO UPDATE
SET
    conditions = excluded.conditions,
    evidence = excluded.evidence,
    samples = excluded.samples,
    mean_score = excluded.mean_score,
    "timestamp" = clock_timestamp();

-- name: forget_patterns
-- Takes away what a project's attempts no longer teach: whatever is not among these.
DELETE FROM learned_patterns
WHERE
    project_id = %(project_id)s
    AND NOT EXISTS (
        SELECT
        FROM unnest(%(stages)s::text[], %(engines)s::text[], %(patterns)s::text[]) AS held (stage, engine, pattern)
        WHERE
            held.stage = learned_patterns.stage
            AND held.engine = learned_patterns.engine
            AND held.pattern = learned_patterns.pattern
    );

-- name: list_patterns
-- What was learned from a project, the best founded first.
SELECT project_id, stage, engine, pattern, conditions, evidence, samples, mean_score, "timestamp"
FROM learned_patterns
WHERE project_id = %(project_id)s
ORDER BY samples DESC, stage, engine, pattern;
