-- What a decision may cost: how many jobs it is at a service, how long a card is expected to work on it, and the prices of
-- that moment. Together they are the room that is kept for it from the moment it is decided. NULL for what is made here, and
-- for decisions from before: their digests do not change.
ALTER TABLE generation_decisions
    ADD COLUMN jobs smallint CHECK (jobs >= 1),
    ADD COLUMN expected_gpu_s double precision CHECK (expected_gpu_s >= 0 AND expected_gpu_s < 'Infinity'),
    ADD COLUMN gpu_second_price double precision CHECK (gpu_second_price >= 0 AND gpu_second_price < 'Infinity'),
    ADD COLUMN job_price double precision CHECK (job_price >= 0 AND job_price < 'Infinity'),
    ADD COLUMN currency text CHECK (currency <> ''),
    ADD CONSTRAINT generation_decisions_price_check CHECK (
        (currency IS NULL) = (gpu_second_price IS NULL)
        AND (currency IS NULL) = (job_price IS NULL)
        AND (currency IS NULL OR jobs IS NOT NULL)
    );
CREATE INDEX generation_decisions_hired ON generation_decisions ("timestamp") WHERE jobs IS NOT NULL OR prompt_id <> '';

-- Whether some process holds the lock with this name; see `session.try_lock`.
CREATE FUNCTION is_lock_held(name text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (
        SELECT FROM pg_locks AS locks CROSS JOIN (SELECT hashtextextended(is_lock_held.name, 0) AS key) AS wanted
        WHERE
            locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 1
            AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND locks.classid = ((wanted.key >> 32) & 4294967295)::oid
            AND locks.objid = (wanted.key & 4294967295)::oid
    )
$$;

-- What decisions cost that had something made at a service. An open one costs what is expected of it; if it was never
-- begun and its process is gone, nothing. One that gave no take costs as long as it was waited for; if its process was
-- gone by then, not more than was expected. Money is NULL where no price was set.
CREATE VIEW spending AS
SELECT
    decisions.project_id, decisions.episode_id, decisions.created_by, decisions."timestamp", decisions.currency,
    state.is_under_way, used.gpu_s, used.jobs,
    used.gpu_s * decisions.gpu_second_price + used.jobs * decisions.job_price AS money
FROM generation_decisions AS decisions
CROSS JOIN LATERAL (
    SELECT CASE decisions.status
        WHEN 'running' THEN true
        WHEN 'pending' THEN
            decisions."timestamp" > clock_timestamp() - interval '1 minute'
            OR is_lock_held(
                concat_ws('-', decisions.project_id, nullif(decisions.episode_id, '')) || ':' || decisions.decision_type
            )
        ELSE false
    END AS is_under_way
) AS state
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN decisions.prompt_id = '' THEN 0
            WHEN state.is_under_way THEN coalesce(decisions.expected_gpu_s, 0)
            WHEN decisions.gpu_s > 0 THEN decisions.gpu_s
            ELSE coalesce(
                greatest(
                    decisions.duration_s,
                    least(
                        coalesce(decisions.expected_gpu_s, 0),
                        coalesce(extract(epoch FROM decisions.finished_at - decisions.started_at)::float8, 0)
                    )
                ),
                0
            )
        END AS gpu_s,
        CASE WHEN state.is_under_way OR decisions.started_at IS NOT NULL THEN coalesce(decisions.jobs, 1) ELSE 0 END AS jobs
) AS used
WHERE decisions.jobs IS NOT NULL OR decisions.prompt_id <> '';
