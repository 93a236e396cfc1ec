-- name: record_verdicts
-- Inserts the verdicts that differ from the newest on the same gate and measure; a row with the id of each, else none.
INSERT INTO verdicts (take_id, gate, measure, value, low, high, unit, passed, remedy, thresholds_digest)
SELECT
    %(take_id)s::uuid, input.gate, input.measure, input.value, input.low, input.high, input.unit, input.passed,
    input.remedy, %(thresholds_digest)s::text
FROM unnest(
    %(gates)s::text[], %(measures)s::text[], %(values)s::float8[], %(lows)s::float8[], %(highs)s::float8[],
    %(units)s::text[], %(passed)s::boolean[], %(remedies)s::text[]
) WITH ORDINALITY AS input (gate, measure, value, low, high, unit, passed, remedy, position)
WHERE NOT EXISTS (
    SELECT
    FROM (
        SELECT value, low, high, unit, passed, remedy, thresholds_digest
        FROM verdicts
        WHERE take_id = %(take_id)s::uuid AND gate = input.gate AND measure = input.measure
        ORDER BY id DESC
        LIMIT 1
    ) AS newest
    WHERE
        (newest.value, newest.low, newest.high, newest.unit, newest.passed, newest.remedy, newest.thresholds_digest)
        IS NOT DISTINCT FROM (
            input.value, input.low, input.high, input.unit, input.passed, input.remedy, %(thresholds_digest)s::text
        )
)
ORDER BY input.position
RETURNING id;

-- name: find_latest
-- The newest verdict on each gate and measure of these takes, in the order of writing; no row for a take without any.
SELECT newest.take_id, newest.gate, newest.measure, newest.value, newest.low, newest.high, newest.unit, newest.passed,
    newest.remedy
FROM (
    SELECT DISTINCT ON (take_id, gate, measure)
        id, take_id, gate, measure, value, low, high, unit, passed, remedy
    FROM verdicts
    WHERE take_id = ANY(%(take_ids)s::uuid[])
    ORDER BY take_id, gate, measure, id DESC
) AS newest
ORDER BY newest.id;

-- name: find_accepted
-- Those of these takes that are accepted; no row for a take that failed a gate nobody waived, or was never judged.
SELECT take_id FROM accepted_takes WHERE take_id = ANY(%(take_ids)s::uuid[]);
