-- name: wait_for_turn
-- One row, once no other transaction looks whether it may spend; until this one ends.
SELECT pg_advisory_xact_lock(hashtextextended('tower.spending', 0));

-- name: sum_spending
-- What was spent and what is under way, a row for each currency, '' for none; no row if there is nothing.
-- '' and NULL are anybody's and any time's; today begins at midnight UTC by the clock of the database.
SELECT
    coalesce(currency, '') AS currency,
    coalesce(sum(gpu_s) FILTER (WHERE NOT is_under_way), 0) AS gpu_s,
    coalesce(sum(gpu_s) FILTER (WHERE is_under_way), 0) AS under_way_gpu_s,
    coalesce(sum(money) FILTER (WHERE NOT is_under_way), 0) AS money,
    coalesce(sum(money) FILTER (WHERE is_under_way), 0) AS under_way_money,
    count(*) FILTER (WHERE is_under_way) AS under_way_decisions
FROM spending
WHERE
    "timestamp" >= coalesce(%(since)s::timestamptz, '-infinity')
    AND (
        NOT %(is_today)s::boolean
        OR "timestamp" >= date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    )
    AND %(project_id)s IN ('', project_id)
    AND %(episode_id)s IN ('', episode_id)
    AND %(created_by)s IN ('', created_by)
GROUP BY coalesce(currency, '')
ORDER BY 1;

-- name: find_pace
-- One row: the median GPU seconds for each frame, pixel and candidate of an engine's latest jobs, and how many jobs those are.
-- At most 200 successful jobs of a stage count, of those the ones at a level of quality; NULL seconds before the first.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.gpu_s / latest.units) AS seconds, count(*) AS jobs
FROM (
    SELECT
        gpu_s,
        coalesce((parameters #>> '{brief,frames}')::float8, 1)
        * coalesce((parameters #>> '{brief,width_px}')::float8 * (parameters #>> '{brief,height_px}')::float8, 1)
        * coalesce((parameters #>> '{attempt,batch}')::float8, 1) AS units,
        coalesce(parameters #>> '{brief,quality}', 'standard') AS quality
    FROM generation_decisions
    WHERE decision_type = %(stage)s AND engine = %(engine)s AND status = 'succeeded' AND gpu_s > 0
    ORDER BY finished_at DESC
    LIMIT 200
) AS latest
WHERE latest.quality = %(quality)s AND latest.units > 0;
