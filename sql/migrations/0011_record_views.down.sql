DROP VIEW take_records;
DROP VIEW decision_records;
