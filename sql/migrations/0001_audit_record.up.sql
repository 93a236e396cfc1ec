-- The audit record and the current text of the story.
--
-- Audit tables (decisions, takes, verdicts, waivers, consultations, workflows) are guarded: identity never changes, a
-- status only moves forward, nothing is deleted, and every row's digest is linked into audit_chain.
-- Story tables hold what the writer's files say now; what disappears from them is marked, not deleted.

CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    -- Time-ordered (UUID version 7), so that neighbours in time are neighbours in the index. Built here because
    -- servers before PostgreSQL 18 have no function for it.
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
            || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

-- Story ---------------------------------------------------------------------------------------------------------------

CREATE TABLE projects (
    id          text PRIMARY KEY,
    title       text NOT NULL,
    story       jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at  timestamptz
);

CREATE TABLE characters (
    project_id  text NOT NULL REFERENCES projects (id),
    id          text NOT NULL,
    position    integer NOT NULL CHECK (position >= 0),
    name        text NOT NULL,
    story       jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at  timestamptz,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE episodes (
    project_id     text NOT NULL REFERENCES projects (id),
    id             text NOT NULL,
    title          text NOT NULL,
    source_sha256  text NOT NULL,
    story          jsonb NOT NULL,
    plan           jsonb,
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at     timestamptz,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE scenes (
    project_id     text NOT NULL,
    episode_id     text NOT NULL,
    id             text NOT NULL,
    number         integer NOT NULL,
    heading        text NOT NULL,
    story          jsonb NOT NULL,
    plan_position  integer CHECK (plan_position >= 0),
    plan           jsonb,
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at     timestamptz,
    PRIMARY KEY (project_id, episode_id, id),
    FOREIGN KEY (project_id, episode_id) REFERENCES episodes (project_id, id),
    CHECK ((plan IS NULL) = (plan_position IS NULL))
);

CREATE TABLE dialogue_lines (
    project_id    text NOT NULL,
    episode_id    text NOT NULL,
    id            text NOT NULL,
    scene_id      text NOT NULL,
    number        integer NOT NULL CHECK (number >= 0),
    character_id  text NOT NULL,
    spoken        text NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at    timestamptz,
    PRIMARY KEY (project_id, episode_id, id),
    FOREIGN KEY (project_id, episode_id, scene_id) REFERENCES scenes (project_id, episode_id, id)
);

CREATE TABLE shot_plans (
    project_id  text NOT NULL,
    episode_id  text NOT NULL,
    scene_id    text NOT NULL,
    id          text NOT NULL,
    position    integer NOT NULL CHECK (position >= 0),
    frames      integer NOT NULL CHECK (frames >= 1),
    story       jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at  timestamptz,
    PRIMARY KEY (project_id, episode_id, scene_id, id),
    FOREIGN KEY (project_id, episode_id, scene_id) REFERENCES scenes (project_id, episode_id, id)
);

-- Memory of working sessions ------------------------------------------------------------------------------------------

CREATE TABLE creative_sessions (
    id          uuid PRIMARY KEY DEFAULT new_id(),
    project_id  text NOT NULL,
    title       text NOT NULL DEFAULT '',
    started_by  text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at    timestamptz,
    notes       jsonb NOT NULL DEFAULT '{}',
    CHECK (ended_at >= started_at)
);

-- Audit ---------------------------------------------------------------------------------------------------------------
-- No foreign key leads from here to the story: the record of what was decided outlives the text it was decided for.

CREATE TABLE video_workflow_templates (
    sha256      text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    name        text NOT NULL,
    template    text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE generation_decisions (
    id               uuid PRIMARY KEY DEFAULT new_id(),
    project_id       text NOT NULL CHECK (project_id <> ''),
    episode_id       text NOT NULL DEFAULT '',
    scene_id         text NOT NULL DEFAULT '',
    shot_id          text NOT NULL DEFAULT '',
    line_id          text NOT NULL DEFAULT '',
    decision_type    text NOT NULL CHECK (
        decision_type IN ('sheet', 'plan', 'keyframe', 'clip', 'voice', 'music', 'mix', 'master')
    ),
    parameters       jsonb NOT NULL,
    reasoning        text NOT NULL,
    alternatives     jsonb NOT NULL DEFAULT '[]',
    "timestamp"      timestamptz NOT NULL DEFAULT clock_timestamp(),
    status           text NOT NULL DEFAULT 'pending' CHECK (
        status IN ('pending', 'running', 'succeeded', 'failed', 'lost', 'cancelled')
    ),
    quality_score    double precision CHECK (quality_score BETWEEN 0 AND 1),
    created_by       text NOT NULL,
    session_id       uuid REFERENCES creative_sessions (id),
    idempotency_key  text NOT NULL UNIQUE CHECK (idempotency_key <> ''),
    engine           text NOT NULL,
    engine_version   text NOT NULL DEFAULT '',
    brief_digest     text NOT NULL,
    attempt          integer NOT NULL CHECK (attempt >= 1),
    replaces         uuid REFERENCES generation_decisions (id),
    run_id           text NOT NULL DEFAULT '',
    prompt_id        text NOT NULL DEFAULT '',
    server           text NOT NULL DEFAULT '',
    template_sha256  text REFERENCES video_workflow_templates (sha256),
    started_at       timestamptz,
    finished_at      timestamptz,
    duration_s       double precision CHECK (duration_s >= 0),
    cpu_s            double precision CHECK (cpu_s >= 0),
    gpu_s            double precision CHECK (gpu_s >= 0),
    error_message    text,
    UNIQUE (id, decision_type, brief_digest)
);
CREATE INDEX generation_decisions_place
    ON generation_decisions (project_id, episode_id, scene_id, shot_id, decision_type);
CREATE INDEX generation_decisions_open
    ON generation_decisions (project_id, episode_id, decision_type) WHERE status IN ('pending', 'running');
CREATE INDEX generation_decisions_pace
    ON generation_decisions (decision_type, engine, finished_at) WHERE status = 'succeeded';
CREATE INDEX generation_decisions_time ON generation_decisions USING brin ("timestamp");

CREATE TABLE takes (
    id            uuid PRIMARY KEY DEFAULT new_id(),
    decision_id   uuid NOT NULL UNIQUE,
    stage         text NOT NULL,
    brief_digest  text NOT NULL,
    project_id    text NOT NULL,
    episode_id    text NOT NULL DEFAULT '',
    scene_id      text NOT NULL DEFAULT '',
    shot_id       text NOT NULL DEFAULT '',
    line_id       text NOT NULL DEFAULT '',
    files         jsonb NOT NULL CHECK (files ? 'main'),
    measured      jsonb NOT NULL,
    details       jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A take is of the very thing that was decided, not merely of some decision.
    FOREIGN KEY (decision_id, stage, brief_digest) REFERENCES generation_decisions (id, decision_type, brief_digest)
);
CREATE INDEX takes_digest ON takes (brief_digest);
CREATE INDEX takes_place ON takes (project_id, episode_id, stage, scene_id, shot_id);

CREATE TABLE verdicts (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    take_id            uuid NOT NULL REFERENCES takes (id),
    gate               text NOT NULL,
    measure            text NOT NULL,
    value              double precision NOT NULL,
    low                double precision,
    high               double precision,
    unit               text NOT NULL,
    passed             boolean NOT NULL,
    remedy             text NOT NULL,
    thresholds_digest  text NOT NULL DEFAULT '',
    "timestamp"        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX verdicts_newest ON verdicts (take_id, gate, measure, id DESC);

CREATE TABLE waivers (
    id           uuid PRIMARY KEY DEFAULT new_id(),
    take_id      uuid NOT NULL REFERENCES takes (id),
    gate         text NOT NULL CHECK (gate <> ''),
    who          text NOT NULL CHECK (who <> ''),
    why          text NOT NULL CHECK (btrim(why) <> ''),
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (take_id, gate, who, why)
);

CREATE TABLE ai_consultations (
    id                uuid PRIMARY KEY DEFAULT new_id(),
    decision_id       uuid NOT NULL REFERENCES generation_decisions (id),
    query             text NOT NULL,
    response          text NOT NULL,
    model_used        text NOT NULL,
    confidence_score  double precision CHECK (confidence_score BETWEEN 0 AND 1),
    "timestamp"       timestamptz NOT NULL DEFAULT clock_timestamp(),
    idempotency_key   text NOT NULL UNIQUE CHECK (idempotency_key <> '')
);
CREATE INDEX ai_consultations_decision ON ai_consultations (decision_id);

-- workflow_json is the patch over the template: {"node.inputs.name": value}. The whole graph's digest tells whether it
-- was rebuilt byte for byte.
CREATE TABLE workflow_history (
    id               uuid PRIMARY KEY DEFAULT new_id(),
    decision_id      uuid NOT NULL REFERENCES generation_decisions (id),
    template_sha256  text NOT NULL REFERENCES video_workflow_templates (sha256),
    workflow_json    jsonb NOT NULL,
    workflow_sha256  text NOT NULL CHECK (workflow_sha256 ~ '^[0-9a-f]{64}$'),
    execution_time   double precision NOT NULL CHECK (execution_time >= 0),
    success          boolean NOT NULL,
    error_message    text,
    "timestamp"      timestamptz NOT NULL DEFAULT clock_timestamp(),
    idempotency_key  text NOT NULL UNIQUE CHECK (idempotency_key <> ''),
    CHECK (success = (error_message IS NULL))
);
CREATE INDEX workflow_history_decision ON workflow_history (decision_id);

CREATE TABLE facts (
    id             uuid PRIMARY KEY DEFAULT new_id(),
    project_id     text NOT NULL,
    subject        text NOT NULL,
    predicate      text NOT NULL,
    object         text NOT NULL,
    confidence     double precision NOT NULL DEFAULT 1 CHECK (confidence BETWEEN 0 AND 1),
    source         text NOT NULL,
    session_id     uuid REFERENCES creative_sessions (id),
    superseded_by  uuid REFERENCES facts (id),
    "timestamp"    timestamptz NOT NULL DEFAULT clock_timestamp(),
    words          tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', subject), 'A')
        || setweight(to_tsvector('simple', predicate), 'B')
        || setweight(to_tsvector('simple', object), 'C')
    ) STORED
);
CREATE INDEX facts_exact ON facts (project_id, subject, predicate);
CREATE INDEX facts_words ON facts USING gin (words);

CREATE TABLE learned_patterns (
    id           uuid PRIMARY KEY DEFAULT new_id(),
    project_id   text NOT NULL,
    stage        text NOT NULL,
    engine       text NOT NULL,
    pattern      text NOT NULL,
    conditions   jsonb NOT NULL DEFAULT '{}',
    evidence     jsonb NOT NULL DEFAULT '[]',
    samples      integer NOT NULL CHECK (samples >= 0),
    mean_score   double precision CHECK (mean_score BETWEEN 0 AND 1),
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (project_id, stage, engine, pattern)
);

-- A take is accepted when each measure's newest verdict passed, or a person waived its gate; unjudged is not accepted.
CREATE VIEW accepted_takes AS
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

-- The chain -----------------------------------------------------------------------------------------------------------

CREATE TABLE audit_chain (
    seq           bigint PRIMARY KEY CHECK (seq >= 1),
    table_name    text NOT NULL,
    row_id        text NOT NULL,
    event         text NOT NULL,
    row_sha256    text NOT NULL,
    chain_sha256  text NOT NULL,
    at            timestamptz NOT NULL
);
CREATE INDEX audit_chain_row ON audit_chain (table_name, row_id, seq DESC);
CREATE INDEX audit_chain_link ON audit_chain (chain_sha256);

-- Columns that are NULL do not count, so that a later migration may add nullable columns without breaking old digests.
CREATE FUNCTION audit_digest(entry jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_object_agg(key, value)::text, 'UTF8')), 'hex')
    FROM jsonb_each(entry)
    WHERE value <> 'null'::jsonb
$$;

CREATE FUNCTION audit_link(
    previous text, seq bigint, table_name text, row_id text, event text, row_sha256 text, at timestamptz
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(
        concat_ws('|', previous, seq, table_name, row_id, event, row_sha256,
                  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')), 'UTF8')), 'hex')
$$;

-- The settings are pinned because a row's text form depends on them, and a digest must not.
CREATE FUNCTION append_to_chain() RETURNS trigger LANGUAGE plpgsql
SET timezone = 'UTC' SET extra_float_digits = 1 AS $$
DECLARE
    entry jsonb := to_jsonb(NEW);
    happened text := 'insert';
    digest text := audit_digest(entry);
    now_at timestamptz;
    last_seq bigint;
    last_link text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        happened := coalesce(entry ->> 'status', 'update');
    END IF;
    -- One writer at a time until commit: the chain has one end, and seq has no holes.
    PERFORM pg_advisory_xact_lock(hashtextextended('tower.audit_chain', 0));
    SELECT seq, chain_sha256 INTO last_seq, last_link FROM audit_chain ORDER BY seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0) + 1;
    now_at := clock_timestamp();
    INSERT INTO audit_chain (seq, table_name, row_id, event, row_sha256, chain_sha256, at)
    VALUES (
        last_seq, TG_TABLE_NAME, entry ->> 'id', happened, digest,
        audit_link(coalesce(last_link, ''), last_seq, TG_TABLE_NAME, entry ->> 'id', happened, digest, now_at), now_at
    );
    RETURN NULL;
END
$$;

-- Guards --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: the audit record is only ever added to', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    outcome text[] := ARRAY[
        'status', 'quality_score', 'started_at', 'finished_at', 'duration_s', 'cpu_s', 'gpu_s', 'error_message'
    ];
    is_open boolean := OLD.status IN ('pending', 'running');
BEGIN
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome THEN
        RAISE EXCEPTION 'decision %: what was decided never changes', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (NOT is_open OR NEW.status = 'pending') THEN
        RAISE EXCEPTION 'decision %: a status only moves forward, not from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.quality_score IS NOT NULL AND NEW.quality_score IS DISTINCT FROM OLD.quality_score THEN
        RAISE EXCEPTION 'decision %: quality_score is set once', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT is_open AND to_jsonb(NEW) - 'quality_score'::text IS DISTINCT FROM to_jsonb(OLD) - 'quality_score'::text THEN
        RAISE EXCEPTION 'decision %: it has ended as %, nothing about that changes', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- Every decision begins open: none is written down after the fact.
CREATE FUNCTION guard_new_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'pending' THEN
        RAISE EXCEPTION 'decision %: begins as pending, not %', NEW.id, NEW.status USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER begins_open BEFORE INSERT ON generation_decisions FOR EACH ROW EXECUTE FUNCTION guard_new_decision();
CREATE TRIGGER moves_forward BEFORE UPDATE ON generation_decisions FOR EACH ROW EXECUTE FUNCTION guard_decision();
CREATE TRIGGER never_deleted BEFORE DELETE ON generation_decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON generation_decisions EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT OR UPDATE ON generation_decisions
    FOR EACH ROW EXECUTE FUNCTION append_to_chain();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON takes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON takes EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON takes FOR EACH ROW EXECUTE FUNCTION append_to_chain();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON verdicts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON verdicts EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON verdicts FOR EACH ROW EXECUTE FUNCTION append_to_chain();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON waivers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON waivers EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON waivers FOR EACH ROW EXECUTE FUNCTION append_to_chain();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON ai_consultations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ai_consultations EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON ai_consultations FOR EACH ROW EXECUTE FUNCTION append_to_chain();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON workflow_history FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON workflow_history EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON workflow_history FOR EACH ROW EXECUTE FUNCTION append_to_chain();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON video_workflow_templates
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON video_workflow_templates EXECUTE FUNCTION refuse_change();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_chain EXECUTE FUNCTION refuse_change();
