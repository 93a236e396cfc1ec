-- name: save_project
-- Inserts or updates a project, and leaves an unchanged row alone. Returns no row.
INSERT INTO projects AS stored (id, title, story)
VALUES (%(id)s, %(title)s, %(story)s)
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, story = excluded.story, updated_at = clock_timestamp(), removed_at = NULL
WHERE (stored.title, stored.story) IS DISTINCT FROM (excluded.title, excluded.story) OR stored.removed_at IS NOT NULL;

-- name: save_characters
-- Inserts or updates a project's characters, and leaves unchanged rows alone. Returns no row.
INSERT INTO characters AS stored (project_id, id, position, name, story)
SELECT %(project_id)s, input.value ->> 'id', input.ordinality - 1, input.value ->> 'name', input.value
FROM jsonb_array_elements(%(characters)s) WITH ORDINALITY AS input
ON CONFLICT (project_id, id) DO UPDATE
SET position = excluded.position, name = excluded.name, story = excluded.story, updated_at = clock_timestamp(),
    removed_at = NULL
WHERE (stored.position, stored.name, stored.story) IS DISTINCT FROM (excluded.position, excluded.name, excluded.story)
    OR stored.removed_at IS NOT NULL;

-- name: mark_removed_characters
-- Marks the characters that are no longer in the cast as removed. Returns no row.
UPDATE characters
SET removed_at = clock_timestamp()
WHERE project_id = %(project_id)s AND id <> ALL(%(ids)s::text[]) AND removed_at IS NULL;

-- name: save_episode
-- Inserts or updates an episode without its scenes, and leaves an unchanged row alone. Returns no row.
INSERT INTO episodes AS stored (project_id, id, title, source_sha256, story)
VALUES (%(project_id)s, %(id)s, %(title)s, %(source_sha256)s, %(story)s)
ON CONFLICT (project_id, id) DO UPDATE
SET title = excluded.title, source_sha256 = excluded.source_sha256, story = excluded.story,
    updated_at = clock_timestamp(), removed_at = NULL
WHERE (stored.title, stored.source_sha256, stored.story)
    IS DISTINCT FROM (excluded.title, excluded.source_sha256, excluded.story)
    OR stored.removed_at IS NOT NULL;

-- name: save_scenes
-- Inserts or updates an episode's scenes, and leaves unchanged rows alone. Returns no row.
INSERT INTO scenes AS stored (project_id, episode_id, id, number, heading, story)
SELECT
    %(project_id)s, %(episode_id)s, input.value ->> 'id', (input.value ->> 'number')::integer,
    input.value ->> 'heading', input.value
FROM jsonb_array_elements(%(scenes)s) AS input
ON CONFLICT (project_id, episode_id, id) DO UPDATE
SET number = excluded.number, heading = excluded.heading, story = excluded.story, updated_at = clock_timestamp(),
    removed_at = NULL
WHERE (stored.number, stored.heading, stored.story) IS DISTINCT FROM (excluded.number, excluded.heading, excluded.story)
    OR stored.removed_at IS NOT NULL;

-- name: mark_removed_scenes
-- Marks the scenes that are no longer in the screenplay as removed. Returns no row.
UPDATE scenes
SET removed_at = clock_timestamp()
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND id <> ALL(%(ids)s::text[]) AND removed_at IS NULL;

-- name: save_set_ups
-- Saves the set-up of each scene of an episode and returns it with the scene's number; no row for an unknown scene.
UPDATE scenes
SET
    set_up = input.value,
    updated_at = CASE WHEN scenes.set_up IS DISTINCT FROM input.value THEN clock_timestamp() ELSE scenes.updated_at END
FROM jsonb_array_elements(%(set_ups)s) AS input
WHERE
    scenes.project_id = %(project_id)s AND scenes.episode_id = %(episode_id)s
    AND scenes.id = input.value ->> 'scene' AND scenes.removed_at IS NULL
RETURNING scenes.number, scenes.set_up;

-- name: save_lines
-- Inserts or updates an episode's lines, and leaves unchanged rows alone. Returns no row.
INSERT INTO dialogue_lines AS stored (project_id, episode_id, id, scene_id, number, character_id, spoken)
SELECT
    %(project_id)s, %(episode_id)s, input.value ->> 'id', input.value ->> 'scene_id', input.ordinality - 1,
    input.value ->> 'character_id', input.value ->> 'spoken'
FROM jsonb_array_elements(%(lines)s) WITH ORDINALITY AS input
ON CONFLICT (project_id, episode_id, id) DO UPDATE
SET scene_id = excluded.scene_id, number = excluded.number, character_id = excluded.character_id,
    spoken = excluded.spoken, updated_at = clock_timestamp(), removed_at = NULL
WHERE (stored.scene_id, stored.number, stored.character_id, stored.spoken)
    IS DISTINCT FROM (excluded.scene_id, excluded.number, excluded.character_id, excluded.spoken)
    OR stored.removed_at IS NOT NULL;

-- name: mark_removed_lines
-- Marks the lines that are no longer in the screenplay as removed. Returns no row.
UPDATE dialogue_lines
SET removed_at = clock_timestamp()
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND id <> ALL(%(ids)s::text[]) AND removed_at IS NULL;

-- name: save_plan
-- Saves the part of a plan that concerns the whole episode, and returns its id; no row if the episode does not exist.
WITH episode AS (
    SELECT project_id, id FROM episodes WHERE project_id = %(project_id)s AND id = %(episode_id)s
), written AS (
    UPDATE episodes
    SET plan = %(plan)s::jsonb
    FROM episode
    WHERE
        episodes.project_id = episode.project_id AND episodes.id = episode.id
        AND episodes.plan IS DISTINCT FROM %(plan)s::jsonb
)
SELECT id FROM episode;

-- name: save_scene_plans
-- Saves the plan of each scene without its shots, and clears that of scenes outside the plan. Returns no row.
UPDATE scenes AS stored
SET plan_position = input.position, plan = input.plan
FROM (
    SELECT scenes.id, planned.position, planned.plan
    FROM scenes
    LEFT JOIN (
        SELECT value ->> 'scene' AS scene_id, (ordinality - 1)::integer AS position, value AS plan
        FROM jsonb_array_elements(%(scenes)s) WITH ORDINALITY
    ) AS planned ON planned.scene_id = scenes.id
    WHERE scenes.project_id = %(project_id)s AND scenes.episode_id = %(episode_id)s
) AS input
WHERE
    stored.project_id = %(project_id)s
    AND stored.episode_id = %(episode_id)s
    AND stored.id = input.id
    AND (stored.plan_position, stored.plan) IS DISTINCT FROM (input.position, input.plan);

-- name: list_planned_scenes
-- The ids of the planned scenes in order; no row if none is planned.
SELECT id
FROM scenes
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND plan IS NOT NULL
ORDER BY plan_position;

-- name: save_shots
-- Inserts or updates a plan's shots, and leaves unchanged rows alone. Returns no row.
INSERT INTO shot_plans AS stored (project_id, episode_id, scene_id, id, position, frames, story)
SELECT
    %(project_id)s, %(episode_id)s, input.value ->> 'scene', input.value ->> 'id', input.ordinality - 1,
    (input.value -> 'shot' ->> 'frames')::integer, input.value -> 'shot'
FROM jsonb_array_elements(%(shots)s) WITH ORDINALITY AS input
ON CONFLICT (project_id, episode_id, scene_id, id) DO UPDATE
SET position = excluded.position, frames = excluded.frames, story = excluded.story, updated_at = clock_timestamp(),
    removed_at = NULL
WHERE (stored.position, stored.frames, stored.story)
    IS DISTINCT FROM (excluded.position, excluded.frames, excluded.story)
    OR stored.removed_at IS NOT NULL;

-- name: mark_removed_shots
-- Marks the shots that are no longer in the plan as removed. Returns no row.
UPDATE shot_plans
SET removed_at = clock_timestamp()
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND scene_id || '-' || id <> ALL(%(ids)s::text[])
    AND removed_at IS NULL;

-- name: load_project
-- A project with its cast in order; no row if it does not exist.
SELECT
    projects.story,
    (
        SELECT coalesce(jsonb_agg(characters.story ORDER BY characters.position), '[]')
        FROM characters
        WHERE characters.project_id = projects.id AND characters.removed_at IS NULL
    ) AS characters
FROM projects
WHERE projects.id = %(id)s AND projects.removed_at IS NULL;

-- name: load_episode
-- An episode with its scenes in order; no row if it does not exist.
SELECT
    episodes.story,
    (
        SELECT coalesce(jsonb_agg(scenes.story ORDER BY scenes.number, scenes.id), '[]')
        FROM scenes
        WHERE
            scenes.project_id = episodes.project_id AND scenes.episode_id = episodes.id AND scenes.removed_at IS NULL
    ) AS scenes
FROM episodes
WHERE episodes.project_id = %(project_id)s AND episodes.id = %(episode_id)s AND episodes.removed_at IS NULL;

-- name: load_plan
-- The plan of an episode with its scenes and shots in order; no row if it has not been planned.
SELECT
    episodes.plan,
    (
        SELECT coalesce(jsonb_agg(scenes.plan ORDER BY scenes.plan_position), '[]')
        FROM scenes
        WHERE scenes.project_id = episodes.project_id AND scenes.episode_id = episodes.id AND scenes.plan IS NOT NULL
    ) AS scenes,
    (
        SELECT coalesce(jsonb_agg(shot_plans.story ORDER BY shot_plans.position), '[]')
        FROM shot_plans
        WHERE
            shot_plans.project_id = episodes.project_id
            AND shot_plans.episode_id = episodes.id
            AND shot_plans.removed_at IS NULL
    ) AS shots
FROM episodes
WHERE episodes.project_id = %(project_id)s AND episodes.id = %(episode_id)s AND episodes.plan IS NOT NULL;

-- name: list_titles
-- The ids and title of every episode in order; no row if there are none.
SELECT project_id, id, title FROM episodes WHERE removed_at IS NULL ORDER BY project_id, id;

-- name: read_stamps
-- A row for each of these episodes: what tells whether its story, or which of its takes are used, can have changed.
-- These are the newest link of the chain of the tables that decide about takes, and the versions of the story's rows.
SELECT
    asked.project_id,
    asked.episode_id,
    (
        SELECT links.seq
        FROM audit_chain AS links
        WHERE links.table_name = ANY(%(tables)s::text[])
        ORDER BY links.seq DESC
        LIMIT 1
    ) AS link,
    (
        SELECT md5(string_agg(versions.version, ' ' ORDER BY versions.version))
        FROM (
            SELECT 'p' || projects.xmin::text AS version FROM projects WHERE projects.id = asked.project_id
            UNION ALL
            SELECT 'c' || characters.id || characters.xmin::text
            FROM characters
            WHERE characters.project_id = asked.project_id
            UNION ALL
            SELECT 'e' || episodes.xmin::text
            FROM episodes
            WHERE episodes.project_id = asked.project_id AND episodes.id = asked.episode_id
            UNION ALL
            SELECT 's' || scenes.id || scenes.xmin::text
            FROM scenes
            WHERE scenes.project_id = asked.project_id AND scenes.episode_id = asked.episode_id
            UNION ALL
            SELECT 'h' || shot_plans.scene_id || shot_plans.id || shot_plans.xmin::text
            FROM shot_plans
            WHERE shot_plans.project_id = asked.project_id AND shot_plans.episode_id = asked.episode_id
        ) AS versions
    ) AS story
FROM unnest(%(project_ids)s::text[], %(episode_ids)s::text[]) AS asked (project_id, episode_id);

-- name: list_made_levels
-- The levels of quality of an episode's keyframes and clips; no row if it has none.
SELECT DISTINCT coalesce(decisions.parameters #>> '{brief,quality}', 'standard') AS quality
FROM takes
CROSS JOIN LATERAL (
    SELECT parameters FROM generation_decisions WHERE id = takes.decision_id OFFSET 0
) AS decisions
WHERE
    takes.project_id = %(project_id)s
    AND takes.episode_id = %(episode_id)s
    AND takes.stage IN ('keyframe', 'clip');

-- name: list_made_places
-- Stage, scene, shot and line of everything that was ever made of an episode; no row if nothing was.
SELECT DISTINCT stage, scene_id, shot_id, line_id
FROM takes
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s;
