DROP TABLE farm_deliveries;
DROP TABLE farm_runs;
DROP TABLE farm_workers;
DROP TABLE farm_controller;
