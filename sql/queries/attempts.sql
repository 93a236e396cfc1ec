-- name: list_newest
-- The newest attempts of these projects with the verdicts and feedback on their takes, newest first; may be empty.
-- Only attempts that gave a take count: what was interrupted, lost or broken was never judged, and says nothing about the
-- quality of what was asked for. A score of an earlier scale is NULL. Engine, stage and episode narrow the list unless they are ''. The characters in a clip
-- are only looked up if `with_cast` is true.
SELECT
    decisions.id AS decision_id, decisions.project_id AS project, decisions.episode_id AS episode,
    concat_ws('-', decisions.scene_id, decisions.shot_id) AS shot, decisions.decision_type AS stage, decisions.engine,
    decisions."timestamp", decisions.attempt, decisions.brief_digest AS brief,
    graded_score(decisions.quality_score, decisions.score_version) AS score,
    request.attempt - 'advice' - 'provenance' AS parameters,
    coalesce(request.advice ->> 'source', request.attempt #>> '{advice,source}', '') AS source,
    coalesce(brief.framing, '') AS framing,
    coalesce(brief.setting ->> 'mood', brief.mood, brief.emotion, '') AS mood,
    coalesce(brief.prompt, brief.words, '') AS prompt,
    CASE
        WHEN jsonb_typeof(brief.character) = 'string' THEN jsonb_build_array(brief.character)
        WHEN jsonb_typeof(brief.character) = 'object' THEN jsonb_build_array(brief.character -> 'id')
        WHEN brief.subjects IS NOT NULL THEN jsonb_path_query_array(brief.subjects, '$[*].character')
        WHEN %(with_cast)s AND decisions.decision_type = 'clip' THEN coalesce(
            (
                -- A clip's brief has no characters; the brief of the keyframe that it started from has them.
                SELECT jsonb_path_query_array(keyframes.parameters, '$.brief.subjects[*].character')
                FROM generation_decisions AS keyframes
                WHERE
                    (
                        keyframes.project_id, keyframes.episode_id, keyframes.scene_id, keyframes.shot_id,
                        keyframes.decision_type
                    )
                    = (decisions.project_id, decisions.episode_id, decisions.scene_id, decisions.shot_id, 'keyframe')
                    AND keyframes.status = 'succeeded'
                    AND keyframes."timestamp" < decisions."timestamp"
                ORDER BY keyframes."timestamp" DESC
                LIMIT 1
            ),
            '[]'
        )
        ELSE '[]'
    END AS characters,
    coalesce(verdict.passed, false) AS passed,
    coalesce(verdict.failed, '{}') AS failed,
    coalesce(responses.opinion, '') AS opinion,
    coalesce(responses.reasons, '{}') AS reasons
FROM
    (
        -- Project by project, each in the order of an index, so that no more is read than is asked for.
        SELECT newest.*
        FROM
            unnest(%(project_ids)s::text[]) AS projects (id)
            CROSS JOIN LATERAL (
                SELECT attempts.*, takes.id AS take_id
                FROM
                    generation_decisions AS attempts
                    CROSS JOIN LATERAL (
                        SELECT decided_takes.id FROM decided_takes WHERE decided_takes.decision_id = attempts.id OFFSET 0
                    ) AS takes
                WHERE
                    attempts.project_id = projects.id
                    AND attempts.status = 'succeeded'
                    AND attempts.quality_score IS NOT NULL
                    AND %(engine)s IN ('', attempts.engine)
                    AND %(stage)s IN ('', attempts.decision_type)
                    AND %(episode_id)s IN ('', attempts.episode_id)
                ORDER BY attempts."timestamp" DESC, attempts.id DESC
                LIMIT %(limit)s
            ) AS newest
        ORDER BY newest."timestamp" DESC, newest.id DESC
        LIMIT %(limit)s
    ) AS decisions
    -- Unpacked once: briefs are large, and every further access would unpack them again.
    CROSS JOIN LATERAL jsonb_to_record(decisions.parameters) AS request (brief jsonb, attempt jsonb, advice jsonb)
    CROSS JOIN LATERAL jsonb_to_record(coalesce(request.brief, '{}')) AS brief (
        framing text, setting jsonb, mood text, emotion text, prompt text, words text, subjects jsonb, character jsonb
    )
    LEFT JOIN LATERAL (
        SELECT
            bool_and(
                latest.passed
                OR EXISTS (
                    SELECT FROM waivers WHERE waivers.take_id = decisions.take_id AND waivers.gate = latest.gate
                )
            ) AS passed,
            array_agg(DISTINCT latest.gate) FILTER (WHERE NOT latest.passed) AS failed
        FROM (
            SELECT DISTINCT ON (verdicts.gate, verdicts.measure) verdicts.gate, verdicts.passed
            FROM verdicts
            WHERE verdicts.take_id = decisions.take_id
            ORDER BY verdicts.gate, verdicts.measure, verdicts.id DESC
        ) AS latest
    ) AS verdict ON true
    LEFT JOIN LATERAL (
        SELECT
            (array_agg(feedback.opinion ORDER BY feedback."timestamp" DESC, feedback.id DESC))[1] AS opinion,
            array_agg(feedback.opinion || ':' || feedback.reason ORDER BY feedback."timestamp", feedback.id) AS reasons
        FROM feedback
        WHERE
            feedback.decision_id = decisions.id
            AND NOT EXISTS (  -- a rejection that was taken back teaches nothing
                SELECT
                FROM take_rulings AS rejections INNER JOIN take_rulings AS later
                    ON later.project_id = rejections.project_id
                    AND later.stage = rejections.stage
                    AND later.content_sha256 = rejections.content_sha256
                    AND later.ruling = 'readmitted'
                    AND later."timestamp" > rejections."timestamp"
                WHERE rejections.feedback_id = feedback.id
            )
    ) AS responses ON true
ORDER BY decisions."timestamp" DESC, decisions.id DESC;

-- name: list_learning_settings
-- One row per project: its settings for learning, NULL if it has none.
SELECT id AS project_id, story -> 'learning' AS learning FROM projects WHERE removed_at IS NULL ORDER BY id;

-- name: save_pattern
-- Inserts a learned pattern, or updates the one with the same text. Returns no row.
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

-- name: delete_other_patterns
-- Deletes the patterns of a project except for these. Returns no row.
DELETE FROM learned_patterns
WHERE
    project_id = %(project_id)s
    AND NOT EXISTS (
        SELECT
        FROM unnest(%(stages)s::text[], %(engines)s::text[], %(patterns)s::text[]) AS current (stage, engine, pattern)
        WHERE
            current.stage = learned_patterns.stage
            AND current.engine = learned_patterns.engine
            AND current.pattern = learned_patterns.pattern
    );

-- name: list_patterns
-- The learned patterns of a project, those with the most samples first; no row if there are none.
SELECT project_id, stage, engine, pattern, conditions, evidence, samples, mean_score, "timestamp"
FROM learned_patterns
WHERE project_id = %(project_id)s
ORDER BY samples DESC, stage, engine, pattern;
