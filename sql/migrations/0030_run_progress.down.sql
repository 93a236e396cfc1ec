DROP TABLE run_progress;
