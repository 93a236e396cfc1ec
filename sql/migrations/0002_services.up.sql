-- What a job at a server leaves behind: where it ran, when, which node failed, what came out. Nullable: the digests of
-- rows from before do not change.
ALTER TABLE workflow_history
    ADD COLUMN part integer CHECK (part >= 0),
    ADD COLUMN prompt_id text,
    ADD COLUMN server text,
    ADD COLUMN queued_at timestamptz,
    ADD COLUMN started_at timestamptz,
    ADD COLUMN finished_at timestamptz,
    ADD COLUMN error_node text,
    ADD COLUMN error_node_type text,
    ADD COLUMN peak_vram_bytes bigint CHECK (peak_vram_bytes >= 0),
    ADD COLUMN outputs jsonb;
CREATE INDEX workflow_history_prompt ON workflow_history (prompt_id);

CREATE INDEX generation_decisions_replaces ON generation_decisions (replaces) WHERE replaces IS NOT NULL;
