CREATE OR REPLACE VIEW accepted_takes AS
SELECT newest.take_id
FROM (
    SELECT DISTINCT ON (take_id, gate, measure) take_id, gate, passed
    FROM verdicts
    ORDER BY take_id, gate, measure, id DESC
) AS newest
GROUP BY newest.take_id
HAVING bool_and(
    newest.passed
    OR EXISTS (SELECT FROM waivers WHERE waivers.take_id = newest.take_id AND waivers.gate = newest.gate)
);
DROP VIEW standing_locks;
DROP VIEW standing_rejections;
DROP INDEX takes_content;
DROP TABLE take_rulings;
