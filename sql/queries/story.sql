-- name: save_project
-- Writes a project; the row stays untouched when it says the same already.
INSERT INTO projects AS kept (id, title, story)
VALUES (%(id)s, %(title)s, %(story)s)
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, story = excluded.story, updated_at = clock_timestamp(), removed_at = NULL
WHERE (kept.title, kept.story) IS DISTINCT FROM (excluded.title, excluded.story) OR kept.removed_at IS NOT NULL;

-- name: save_characters
-- Writes a project's cast; rows that say the same already stay untouched.
INSERT INTO characters AS kept (project_id, id, position, name, story)
SELECT %(project_id)s, given.value ->> 'id', given.ordinality - 1, given.value ->> 'name', given.value
FROM jsonb_array_elements(%(characters)s) WITH ORDINALITY AS given
ON CONFLICT (project_id, id) DO UPDATE
SET position = excluded.position, name = excluded.name, story = excluded.story, updated_at = clock_timestamp(),
    removed_at = NULL
WHERE (kept.position, kept.name, kept.story) IS DISTINCT FROM (excluded.position, excluded.name, excluded.story)
    OR kept.removed_at IS NOT NULL;

-- name: mark_characters
-- Marks the characters that are no longer in the cast.
UPDATE characters
SET removed_at = clock_timestamp()
WHERE project_id = %(project_id)s AND id <> ALL(%(ids)s::text[]) AND removed_at IS NULL;

-- name: save_episode
-- Writes an episode without its scenes; the row stays untouched when it says the same already.
INSERT INTO episodes AS kept (project_id, id, title, source_sha256, story)
VALUES (%(project_id)s, %(id)s, %(title)s, %(source_sha256)s, %(story)s)
ON CONFLICT (project_id, id) DO UPDATE
SET title = excluded.title, source_sha256 = excluded.source_sha256, story = excluded.story,
    updated_at = clock_timestamp(), removed_at = NULL
WHERE (kept.title, kept.source_sha256, kept.story)
    IS DISTINCT FROM (excluded.title, excluded.source_sha256, excluded.story)
    OR kept.removed_at IS NOT NULL;

-- name: save_scenes
-- Writes an episode's scenes; rows that say the same already stay untouched.
INSERT INTO scenes AS kept (project_id, episode_id, id, number, heading, story)
SELECT
    %(project_id)s, %(episode_id)s, given.value ->> 'id', (given.value ->> 'number')::integer,
    given.value ->> 'heading', given.value
FROM jsonb_array_elements(%(scenes)s) AS given
ON CONFLICT (project_id, episode_id, id) DO UPDATE
SET number = excluded.number, heading = excluded.heading, story = excluded.story, updated_at = clock_timestamp(),
    removed_at = NULL
WHERE (kept.number, kept.heading, kept.story) IS DISTINCT FROM (excluded.number, excluded.heading, excluded.story)
    OR kept.removed_at IS NOT NULL;

-- name: mark_scenes
-- Marks the scenes that are no longer in the screenplay.
UPDATE scenes
SET removed_at = clock_timestamp()
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND id <> ALL(%(ids)s::text[]) AND removed_at IS NULL;

-- name: save_set_ups
-- Writes what each scene of an episode hands to every engine, and returns it in story order; no row for scenes that are
-- not in the database.
UPDATE scenes
SET
    set_up = given.value,
    updated_at = CASE WHEN scenes.set_up IS DISTINCT FROM given.value THEN clock_timestamp() ELSE scenes.updated_at END
FROM jsonb_array_elements(%(set_ups)s) AS given
WHERE
    scenes.project_id = %(project_id)s AND scenes.episode_id = %(episode_id)s
    AND scenes.id = given.value ->> 'scene' AND scenes.removed_at IS NULL
RETURNING scenes.number, scenes.set_up;

-- name: save_lines
-- Writes an episode's lines; rows that say the same already stay untouched.
INSERT INTO dialogue_lines AS kept (project_id, episode_id, id, scene_id, number, character_id, spoken)
SELECT
    %(project_id)s, %(episode_id)s, given.value ->> 'id', given.value ->> 'scene_id', given.ordinality - 1,
    given.value ->> 'character_id', given.value ->> 'spoken'
FROM jsonb_array_elements(%(lines)s) WITH ORDINALITY AS given
ON CONFLICT (project_id, episode_id, id) DO UPDATE
SET scene_id = excluded.scene_id, number = excluded.number, character_id = excluded.character_id,
    spoken = excluded.spoken, updated_at = clock_timestamp(), removed_at = NULL
WHERE (kept.scene_id, kept.number, kept.character_id, kept.spoken)
    IS DISTINCT FROM (excluded.scene_id, excluded.number, excluded.character_id, excluded.spoken)
    OR kept.removed_at IS NOT NULL;

-- name: mark_lines
-- Marks the lines that are no longer in the screenplay.
UPDATE dialogue_lines
SET removed_at = clock_timestamp()
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND id <> ALL(%(ids)s::text[]) AND removed_at IS NULL;

-- name: save_plan
-- Writes what a plan says of its episode as a whole; one row, or none when the episode is not there.
WITH found AS (
    SELECT project_id, id FROM episodes WHERE project_id = %(project_id)s AND id = %(episode_id)s
), written AS (
    UPDATE episodes
    SET plan = %(plan)s::jsonb
    FROM found
    WHERE
        episodes.project_id = found.project_id AND episodes.id = found.id
        AND episodes.plan IS DISTINCT FROM %(plan)s::jsonb
)
SELECT id FROM found;

-- name: save_scene_plans
-- Writes what a plan says of each scene besides its shots, and clears the scenes that are not in it.
UPDATE scenes AS kept
SET plan_position = given.position, plan = given.plan
FROM (
    SELECT scenes.id, planned.position, planned.plan
    FROM scenes
    LEFT JOIN (
        SELECT value ->> 'scene' AS scene_id, (ordinality - 1)::integer AS position, value AS plan
        FROM jsonb_array_elements(%(scenes)s) WITH ORDINALITY
    ) AS planned ON planned.scene_id = scenes.id
    WHERE scenes.project_id = %(project_id)s AND scenes.episode_id = %(episode_id)s
) AS given
WHERE
    kept.project_id = %(project_id)s
    AND kept.episode_id = %(episode_id)s
    AND kept.id = given.id
    AND (kept.plan_position, kept.plan) IS DISTINCT FROM (given.position, given.plan);

-- name: list_planned_scenes
-- The ids of the scenes that are planned, in order.
SELECT id
FROM scenes
WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND plan IS NOT NULL
ORDER BY plan_position;

-- name: save_shots
-- Writes a plan's shots; rows that say the same already stay untouched.
INSERT INTO shot_plans AS kept (project_id, episode_id, scene_id, id, position, frames, story)
SELECT
    %(project_id)s, %(episode_id)s, given.value ->> 'scene', given.value ->> 'id', given.ordinality - 1,
    (given.value -> 'shot' ->> 'frames')::integer, given.value -> 'shot'
FROM jsonb_array_elements(%(shots)s) WITH ORDINALITY AS given
ON CONFLICT (project_id, episode_id, scene_id, id) DO UPDATE
SET position = excluded.position, frames = excluded.frames, story = excluded.story, updated_at = clock_timestamp(),
    removed_at = NULL
WHERE (kept.position, kept.frames, kept.story) IS DISTINCT FROM (excluded.position, excluded.frames, excluded.story)
    OR kept.removed_at IS NOT NULL;

-- name: mark_shots
-- Marks the shots that are no longer in the plan.
UPDATE shot_plans
SET removed_at = clock_timestamp()
WHERE
    project_id = %(project_id)s
    AND episode_id = %(episode_id)s
    AND scene_id || '-' || id <> ALL(%(ids)s::text[])
    AND removed_at IS NULL;

-- name: load_projects
-- Every project, or the one with this id unless it is '', each with its cast in order.
SELECT
    projects.story,
    (
        SELECT coalesce(jsonb_agg(characters.story ORDER BY characters.position), '[]')
        FROM characters
        WHERE characters.project_id = projects.id AND characters.removed_at IS NULL
    ) AS characters
FROM projects
WHERE %(id)s IN ('', projects.id) AND projects.removed_at IS NULL
ORDER BY projects.id;

-- name: load_episode
-- An episode with its scenes in order; no row when it is not there.
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
-- An episode's plan with its scenes and shots in order; no row when it has none.
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
-- The key and title of every episode, in order.
SELECT project_id, id, title FROM episodes WHERE removed_at IS NULL ORDER BY project_id, id;
