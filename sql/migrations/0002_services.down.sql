-- Takes away what 0002_services.up.sql added, with what those columns say of past jobs.
DROP INDEX generation_decisions_replaces;
DROP INDEX workflow_history_prompt;
ALTER TABLE workflow_history
    DROP COLUMN part,
    DROP COLUMN prompt_id,
    DROP COLUMN server,
    DROP COLUMN queued_at,
    DROP COLUMN started_at,
    DROP COLUMN finished_at,
    DROP COLUMN error_node,
    DROP COLUMN error_node_type,
    DROP COLUMN peak_vram_bytes,
    DROP COLUMN outputs;
