-- What other programs may read of the shows: projects and characters as Echo Brain asks for them, through postgres_fdw.
-- A role that may use this schema and select from its views needs no right on our tables; see docs/databases.md.

-- The views in the schema `anime`, which is created where it is missing; false, without them, where our role has not the
-- right to create schemas. Once its owner has made the schema for us, the function is called again.
CREATE FUNCTION create_anime_views() RETURNS boolean LANGUAGE plpgsql AS $function$
BEGIN
    IF to_regnamespace('anime') IS NULL THEN
        IF NOT has_database_privilege(current_database(), 'CREATE') THEN
            RETURN false;
        END IF;
        CREATE SCHEMA anime;
    END IF;

    CREATE OR REPLACE VIEW anime.projects AS
    SELECT id, title AS name, coalesce(story ->> 'logline', '') AS description
    FROM public.projects
    WHERE removed_at IS NULL;

    -- Ids are of one project: the view's are of all. Of several LoRAs, the first in the character's file is named.
    CREATE OR REPLACE VIEW anime.characters AS
    SELECT
        cast_member.project_id || '/' || cast_member.id AS id,
        cast_member.name,
        coalesce(cast_member.story ->> 'description', '') AS description,
        nullif(lora.first ->> 'trigger', '') AS lora_trigger,
        lora.first ->> 'file' AS lora_path
    FROM public.characters AS cast_member
    INNER JOIN public.projects AS project ON project.id = cast_member.project_id
    CROSS JOIN LATERAL (
        SELECT coalesce(nullif(cast_member.story -> 'lora', 'null'), cast_member.story -> 'loras' -> 0) AS first
    ) AS lora
    WHERE cast_member.removed_at IS NULL AND project.removed_at IS NULL;
    RETURN true;
END
$function$;

SELECT create_anime_views();
