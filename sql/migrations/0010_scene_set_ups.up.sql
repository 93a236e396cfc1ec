-- What a scene hands to every engine: place, light, mood, cast, target length and the show's style. NULL until the
-- `scenes` asset has written it.
ALTER TABLE scenes ADD COLUMN set_up jsonb;
