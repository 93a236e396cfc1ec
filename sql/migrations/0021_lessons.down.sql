-- Takes away what 0021_lessons.up.sql made, with what directors said.
DROP VIEW lesson_records;
DROP TABLE lessons;
