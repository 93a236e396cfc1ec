-- What happened with each engine, summed by day and type of shot, so that choosing an engine does not read the whole
-- record. Not part of the audit: everything in it can be formed anew from the decisions, takes and verdicts.
CREATE TABLE workflow_profiles_daily (
    engine        text NOT NULL,
    shot_type     text NOT NULL,
    day           date NOT NULL,
    rows          integer NOT NULL CHECK (rows >= 0),
    runs          integer NOT NULL CHECK (runs BETWEEN 0 AND rows),
    succeeded     integer NOT NULL CHECK (succeeded BETWEEN 0 AND runs),
    judged        integer NOT NULL CHECK (judged BETWEEN 0 AND succeeded),
    accepted      integer NOT NULL CHECK (accepted BETWEEN 0 AND judged),
    scored        integer NOT NULL CHECK (scored >= 0),
    score_sum     double precision NOT NULL,
    timed         integer NOT NULL CHECK (timed >= 0),
    log_pace_sum  double precision NOT NULL,
    gpu_s         double precision NOT NULL,
    vram_bytes    bigint NOT NULL CHECK (vram_bytes >= 0),
    PRIMARY KEY (engine, day, shot_type)
);

-- Up to when the record has been summed; one row.
CREATE TABLE workflow_profiles_state (
    is_only       boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    summed_until  timestamptz NOT NULL
);
INSERT INTO workflow_profiles_state (summed_until) VALUES ('-infinity');

CREATE INDEX generation_decisions_finished ON generation_decisions (finished_at)
    WHERE decision_type IN ('keyframe', 'clip') AND finished_at IS NOT NULL;
CREATE INDEX generation_decisions_latest_runs ON generation_decisions (engine, finished_at DESC)
    WHERE decision_type IN ('keyframe', 'clip') AND finished_at IS NOT NULL;
CREATE INDEX verdicts_time ON verdicts USING brin ("timestamp");
CREATE INDEX waivers_time ON waivers USING brin ("timestamp");
