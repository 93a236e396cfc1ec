-- name: make_id
-- One row: a new id, which sorts behind those before it.
SELECT new_id()::text AS id;

-- name: lock_place
-- Has everybody else who rules about a place in the story wait until the transaction ends. One empty row.
SELECT pg_advisory_xact_lock(hashtextextended('tower.ruling:' || %(place)s, 0))::text AS held;

-- name: find_version
-- The newest ruling, choice, waiver or request about a place in the story, with who made it and when; no row before the first.
SELECT decided.id, decided.who, decided.what, decided."timestamp"
FROM (
    SELECT id, who, ruling AS what, "timestamp"
    FROM take_rulings
    WHERE
        project_id = %(project_id)s AND episode_id = %(episode_id)s AND scene_id = %(scene_id)s
        AND shot_id = %(shot_id)s AND line_id = %(line_id)s
    UNION ALL
    SELECT choices.id, choices.who, 'chosen', choices."timestamp"
    FROM take_choices AS choices INNER JOIN takes ON takes.id = choices.take_id
    WHERE
        takes.project_id = %(project_id)s AND takes.episode_id = %(episode_id)s AND takes.scene_id = %(scene_id)s
        AND takes.shot_id = %(shot_id)s AND takes.line_id = %(line_id)s
    UNION ALL
    SELECT waivers.id, waivers.who, 'waived a gate for', waivers."timestamp"
    FROM waivers INNER JOIN takes ON takes.id = waivers.take_id
    WHERE
        takes.project_id = %(project_id)s AND takes.episode_id = %(episode_id)s AND takes.scene_id = %(scene_id)s
        AND takes.shot_id = %(shot_id)s AND takes.line_id = %(line_id)s
    UNION ALL
    SELECT requests.id, requests.who, 'asked for a change to', requests."timestamp"
    FROM take_requests AS requests
    WHERE
        requests.project_id = %(project_id)s AND requests.episode_id = %(episode_id)s
        AND requests.scene_id = %(scene_id)s AND requests.shot_id = %(shot_id)s AND %(line_id)s = ''
) AS decided
ORDER BY decided."timestamp" DESC, decided.id DESC
LIMIT 1;

-- name: record_ruling
-- Inserts a ruling about a take at a place in the story. No row when its id is on record already, else one with the id.
INSERT INTO take_rulings (
    id, take_id, ruling, project_id, episode_id, scene_id, shot_id, line_id, stage, content_sha256, reason, note, frame,
    region, feedback_id, who
)
SELECT
    %(id)s::uuid, takes.id, %(ruling)s, %(project_id)s, %(episode_id)s, %(scene_id)s, %(shot_id)s, %(line_id)s,
    takes.stage, takes.files #>> '{main,sha256}', %(reason)s, %(note)s, %(frame)s::integer, %(region)s::integer[],
    %(feedback_id)s::uuid, %(who)s
FROM takes
WHERE takes.id = %(take_id)s::uuid
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: find_by_id
-- The ruling with this id; no row if there is none.
SELECT * FROM take_rulings WHERE id = %(id)s::uuid;

-- name: list_rejections
-- The rejections that stand in a show, oldest first; no row if there is none.
SELECT
    id, take_id, ruling, project_id, episode_id, scene_id, shot_id, line_id, stage, content_sha256, reason, note, frame,
    region, feedback_id, who, "timestamp"
FROM standing_rejections
WHERE project_id = %(project_id)s
ORDER BY "timestamp", id;

-- name: list_locks
-- The locks that stand in a show, oldest first, each with the brief that its take was made for; no row if there is none.
SELECT
    locks.id, locks.take_id, locks.ruling, locks.project_id, locks.episode_id, locks.scene_id, locks.shot_id,
    locks.line_id, locks.stage, locks.content_sha256, locks.reason, locks.note, locks.frame, locks.region,
    locks.feedback_id, locks.who, locks."timestamp", locks.quality, decisions.parameters -> 'brief' AS brief
FROM standing_locks AS locks
INNER JOIN takes ON takes.id = locks.take_id
INNER JOIN generation_decisions AS decisions ON decisions.id = takes.decision_id
WHERE locks.project_id = %(project_id)s
ORDER BY locks."timestamp", locks.id;

-- name: list_by_takes
-- Every ruling about these takes, oldest first; no row if nobody ruled about them.
SELECT * FROM take_rulings WHERE take_id = ANY(%(take_ids)s::uuid[]) ORDER BY "timestamp", id;

-- name: find_newest
-- The id of the newest ruling in a show; no row before the first.
SELECT id FROM take_rulings WHERE project_id = %(project_id)s ORDER BY "timestamp" DESC, id DESC LIMIT 1;

-- name: list_versions
-- The newest ruling, choice or request about each shot of an episode; no row if nobody has decided anything.
SELECT DISTINCT ON (decided.scene_id, decided.shot_id) decided.scene_id, decided.shot_id, decided.id
FROM (
    SELECT id, scene_id, shot_id, "timestamp"
    FROM take_rulings
    WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s AND shot_id <> '' AND line_id = ''
    UNION ALL
    SELECT choices.id, takes.scene_id, takes.shot_id, choices."timestamp"
    FROM take_choices AS choices INNER JOIN takes ON takes.id = choices.take_id
    WHERE
        takes.project_id = %(project_id)s AND takes.episode_id = %(episode_id)s AND takes.shot_id <> ''
        AND takes.line_id = ''
    UNION ALL
    SELECT id, scene_id, shot_id, "timestamp"
    FROM take_requests
    WHERE project_id = %(project_id)s AND episode_id = %(episode_id)s
) AS decided
ORDER BY decided.scene_id, decided.shot_id, decided."timestamp" DESC, decided.id DESC;
