-- name: record
-- Writes verdicts on a take, leaving out those that equal its newest on the same gate and measure; a row for each written.
INSERT INTO verdicts (take_id, gate, measure, value, low, high, unit, passed, remedy, thresholds_digest)
SELECT
    %(take_id)s::uuid, given.gate, given.measure, given.value, given.low, given.high, given.unit, given.passed,
    given.remedy, %(thresholds_digest)s::text
FROM unnest(
    %(gates)s::text[], %(measures)s::text[], %(values)s::float8[], %(lows)s::float8[], %(highs)s::float8[],
    %(units)s::text[], %(passed)s::boolean[], %(remedies)s::text[]
) WITH ORDINALITY AS given (gate, measure, value, low, high, unit, passed, remedy, position)
WHERE NOT EXISTS (
    SELECT
    FROM (
        SELECT value, low, high, unit, passed, remedy, thresholds_digest
        FROM verdicts
        WHERE take_id = %(take_id)s::uuid AND gate = given.gate AND measure = given.measure
        ORDER BY id DESC
        LIMIT 1
    ) AS said
    WHERE
        (said.value, said.low, said.high, said.unit, said.passed, said.remedy, said.thresholds_digest)
        IS NOT DISTINCT FROM (
            given.value, given.low, given.high, given.unit, given.passed, given.remedy, %(thresholds_digest)s::text
        )
)
ORDER BY given.position
RETURNING id;

-- name: find_latest
-- The newest verdict on each gate and measure of these takes, in the order they were first written.
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
-- Those of these takes whose newest verdicts all passed or are waived, and that have any.
SELECT take_id FROM accepted_takes WHERE take_id = ANY(%(take_ids)s::uuid[]);
