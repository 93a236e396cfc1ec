-- The record is only ever added to: where prices and expectations are on record, they are part of its digests.
DO $$
BEGIN
    IF EXISTS (SELECT FROM generation_decisions WHERE jobs IS NOT NULL) THEN
        RAISE EXCEPTION 'decisions with what they were expected to cost are on record; the version before has no place for it'
            USING ERRCODE = 'restrict_violation';
    END IF;
END
$$;
DROP VIEW spending;
DROP FUNCTION is_lock_held(text);
DROP INDEX generation_decisions_hired;
ALTER TABLE generation_decisions
    DROP CONSTRAINT generation_decisions_price_check,
    DROP COLUMN currency,
    DROP COLUMN job_price,
    DROP COLUMN gpu_second_price,
    DROP COLUMN expected_gpu_s,
    DROP COLUMN jobs;
