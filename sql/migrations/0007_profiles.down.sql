-- Takes away what 0007_profiles.up.sql added; the record that it was formed from stays.
DROP INDEX waivers_time;
DROP INDEX verdicts_time;
DROP INDEX generation_decisions_latest_runs;
DROP INDEX generation_decisions_finished;
DROP TABLE workflow_profiles_state;
DROP TABLE workflow_profiles_daily;
