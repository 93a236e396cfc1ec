DROP FUNCTION create_anime_views();
DROP VIEW IF EXISTS anime.characters;
DROP VIEW IF EXISTS anime.projects;
-- A schema that somebody else made for us stays.
DO $$
BEGIN
    IF (SELECT nspowner = current_user::regrole FROM pg_namespace WHERE nspname = 'anime') THEN
        DROP SCHEMA anime;
    END IF;
END
$$;
