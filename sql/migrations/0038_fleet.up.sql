-- The fleet of ComfyUI servers, shared by all processes of a studio: what each server may do, who waits for one, and who
-- has one. Rules of servers are part of the record. Who waits and who has what is true only while the processes live that
-- wrote it, so those tables are unlogged: a database that crashes empties them, and each process writes its rows anew.
CREATE TABLE fleet_servers (
    server    text PRIMARY KEY CHECK (server <> ''),
    state     text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'draining')),
    max_jobs  smallint NOT NULL DEFAULT 1 CHECK (max_jobs BETWEEN 1 AND 64),
    media     text[] NOT NULL DEFAULT '{image,video}' CHECK (media <@ '{image,video}' AND media <> '{}'),
    added_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE fleet_changes (
    id           uuid PRIMARY KEY,
    server       text NOT NULL REFERENCES fleet_servers,
    state        text NOT NULL,
    max_jobs     smallint NOT NULL,
    media        text[] NOT NULL,
    who          text NOT NULL CHECK (btrim(who) <> ''),
    why          text NOT NULL DEFAULT '',
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX fleet_changes_server ON fleet_changes (server, "timestamp" DESC);
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON fleet_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON fleet_changes EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chained AFTER INSERT ON fleet_changes FOR EACH ROW EXECUTE FUNCTION append_to_chain();

-- Processes that use servers. Each holds the lock `fleet:ID` on a session of its own while it lives.
CREATE UNLOGGED TABLE fleet_holders (
    id       uuid PRIMARY KEY,
    host     text NOT NULL,
    pid      integer NOT NULL,
    servers  text[] NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    missing_since  timestamptz
);

-- Jobs that wait for a server (`server` is empty) or have one. Priority 0 is a job that is at its server already, 1 a
-- person who waits, 2 a usual run, 3 work that may take all night.
CREATE UNLOGGED TABLE fleet_requests (
    id           uuid PRIMARY KEY,
    holder       uuid NOT NULL,
    run_id       text NOT NULL,
    episode      text NOT NULL,
    priority     smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
    medium       text NOT NULL CHECK (medium IN ('image', 'video')),
    only_server  text NOT NULL,
    excluded     text[] NOT NULL,
    asked_at     timestamptz NOT NULL,
    server       text NOT NULL DEFAULT '',
    leased_at    timestamptz,
    charged_s    double precision NOT NULL DEFAULT 0
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX fleet_requests_waiting ON fleet_requests (priority, episode, medium, asked_at) WHERE server = '';
CREATE INDEX fleet_requests_leased ON fleet_requests (server) WHERE server <> '';
CREATE INDEX fleet_requests_holder ON fleet_requests (holder);

-- Start-time fair queueing: of those who wait with one priority, the episode goes next whose `virtual_s` is least, the GPU
-- seconds that it has had, with what its jobs under way are expected to take (`charged_s`). The clock is the least of those
-- that wait or have servers, without what is under way; while none does, it stands. An episode that comes, or comes back,
-- begins at the clock: it has no claim for the time before, and is first served until it has as many servers as the others.
CREATE UNLOGGED TABLE fleet_queues (
    priority        smallint NOT NULL,
    episode         text NOT NULL,
    virtual_s       double precision NOT NULL DEFAULT 0,
    mean_s          double precision NOT NULL,
    jobs            integer NOT NULL DEFAULT 0,
    held            integer NOT NULL DEFAULT 0,
    charged_s       double precision NOT NULL DEFAULT 0,
    waiting_since   timestamptz,
    last_served_at  timestamptz,
    PRIMARY KEY (priority, episode)
) WITH (fillfactor = 50);
CREATE UNLOGGED TABLE fleet_clocks (
    priority   smallint PRIMARY KEY,
    virtual_s  double precision NOT NULL
) WITH (fillfactor = 50);

-- When each server was last used: of several free ones the longest unused is taken.
CREATE UNLOGGED TABLE fleet_usage (
    server   text PRIMARY KEY,
    used_at  timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Leases of the last hours, for figures.
CREATE UNLOGGED TABLE fleet_past_leases (
    server     text NOT NULL,
    episode    text NOT NULL,
    priority   smallint NOT NULL,
    waited_s   double precision NOT NULL,
    leased_at  timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX fleet_past_leases_ended ON fleet_past_leases (ended_at);

-- One row: when somebody last looked for processes that are gone, and from when on servers are leased. It is missing after
-- a crash: then every process has a few seconds to say which servers it has before others are given them.
CREATE UNLOGGED TABLE fleet_sweeps (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    swept_at   timestamptz NOT NULL DEFAULT '-infinity',
    opened_at  timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE FUNCTION open_fleet() RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO fleet_sweeps (opened_at)
    SELECT clock_timestamp() + CASE WHEN EXISTS (SELECT FROM fleet_servers) THEN 5 ELSE 0 END * interval '1 second'
    WHERE NOT EXISTS (SELECT FROM fleet_sweeps)
    ON CONFLICT DO NOTHING
$$;

-- Every change to who waits and who has a server is made under this lock, which is held for about a millisecond.
CREATE FUNCTION lock_fleet() RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('fleet', 0))
$$;

-- Notes since when an episode waits, after requests of it have come or gone.
CREATE FUNCTION refresh_fleet_queue(its_priority smallint, its_episode text) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE fleet_queues SET waiting_since = (
        SELECT min(oldest.asked_at)
        FROM unnest('{image,video}'::text[]) AS media (medium)
        CROSS JOIN LATERAL (
            SELECT requests.asked_at FROM fleet_requests AS requests
            WHERE
                requests.server = '' AND requests.priority = its_priority AND requests.episode = its_episode
                AND requests.medium = media.medium
            ORDER BY requests.asked_at LIMIT 1
        ) AS oldest
    )
    WHERE priority = its_priority AND episode = its_episode
$$;

-- Sets the clock of a priority.
CREATE FUNCTION set_fleet_clock(its_priority smallint) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO fleet_clocks (priority, virtual_s)
    SELECT its_priority, min(virtual_s - charged_s) FROM fleet_queues
    WHERE priority = its_priority AND (waiting_since IS NOT NULL OR held > 0)
    HAVING count(*) > 0
    ON CONFLICT (priority) DO UPDATE SET virtual_s = excluded.virtual_s
$$;

-- Has an episode be known before it waits or has a server; one that did not wait begins at the clock.
CREATE FUNCTION enter_fleet_queue(its_priority smallint, its_episode text) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO fleet_queues (priority, episode, mean_s)
    VALUES (
        its_priority, its_episode,
        coalesce((SELECT avg(mean_s) FROM fleet_queues WHERE priority = its_priority AND jobs > 0), 10)
    )
    ON CONFLICT DO NOTHING;
    UPDATE fleet_queues SET virtual_s = greatest(
        virtual_s,
        (
            SELECT min(others.virtual_s - others.charged_s) FROM fleet_queues AS others
            WHERE
                others.priority = its_priority AND others.episode <> its_episode
                AND (others.waiting_since IS NOT NULL OR others.held > 0)
        ),
        CASE WHEN NOT EXISTS (
            SELECT FROM fleet_queues AS others
            WHERE
                others.priority = its_priority AND others.episode <> its_episode
                AND (others.waiting_since IS NOT NULL OR others.held > 0)
        ) THEN (SELECT clocks.virtual_s FROM fleet_clocks AS clocks WHERE clocks.priority = its_priority) END
    )
    WHERE priority = its_priority AND episode = its_episode AND waiting_since IS NULL
$$;

-- Leases a server to a request, and charges its episode what a job of it usually takes until it is known.
CREATE FUNCTION lease_fleet_server(request_id uuid, target text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    asked fleet_requests;
    queue fleet_queues;
BEGIN
    SELECT * INTO asked FROM fleet_requests WHERE id = request_id;
    SELECT * INTO queue FROM fleet_queues WHERE priority = asked.priority AND episode = asked.episode;
    UPDATE fleet_requests SET server = target, leased_at = clock_timestamp(), charged_s = queue.mean_s WHERE id = request_id;
    UPDATE fleet_queues SET
        virtual_s = virtual_s + mean_s, charged_s = charged_s + mean_s, held = held + 1, last_served_at = clock_timestamp()
    WHERE priority = asked.priority AND episode = asked.episode;
    PERFORM refresh_fleet_queue(asked.priority, asked.episode);
    PERFORM set_fleet_clock(asked.priority);
END
$$;

-- Leases the free places of a server to those who wait, in their order, and tells their processes; returns how many.
-- An episode that was not served for a quarter of an hour counts one priority higher for each until its next lease. A
-- server that is paused or drained is given only to jobs that it has already.
CREATE FUNCTION fill_fleet_server(target text) RETURNS integer LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off AS $$
DECLARE
    rule fleet_servers;
    queue fleet_queues;
    next_id uuid;
    next_holder uuid;
    places integer;
    filled integer := 0;
BEGIN
    SELECT * INTO rule FROM fleet_servers WHERE server = target;
    IF NOT EXISTS (SELECT FROM fleet_sweeps WHERE opened_at <= clock_timestamp()) THEN
        RETURN 0;
    END IF;
    places := rule.max_jobs - (SELECT count(*) FROM fleet_requests WHERE server = target AND server <> '');
    WHILE places > filled LOOP
        next_id := NULL;
        FOR queue IN
            SELECT * FROM fleet_queues
            WHERE waiting_since IS NOT NULL AND (rule.state = 'active' OR priority = 0)
            ORDER BY
                priority - least(
                    greatest(priority - 1, 0),
                    floor(extract(epoch FROM clock_timestamp() - greatest(waiting_since, last_served_at)) / 900)
                ),
                virtual_s, waiting_since
        LOOP
            SELECT first.id, first.holder INTO next_id, next_holder
            FROM unnest(CASE queue.priority WHEN 0 THEN '{image,video}' ELSE rule.media END) AS media (medium)
            CROSS JOIN LATERAL (
                SELECT requests.id, requests.holder, requests.asked_at FROM fleet_requests AS requests
                WHERE
                    requests.server = '' AND requests.priority = queue.priority AND requests.episode = queue.episode
                    AND requests.medium = media.medium AND requests.only_server IN ('', target)
                    AND NOT target = ANY (requests.excluded)
                    AND EXISTS (SELECT FROM fleet_holders WHERE id = requests.holder AND target = ANY (servers))
                ORDER BY requests.asked_at LIMIT 1
            ) AS first
            ORDER BY first.asked_at LIMIT 1;
            EXIT WHEN next_id IS NOT NULL;
        END LOOP;
        EXIT WHEN next_id IS NULL;
        PERFORM lease_fleet_server(next_id, target);
        PERFORM pg_notify('fleet_' || replace(next_holder::text, '-', ''), next_id || ' ' || target);
        filled := filled + 1;
    END LOOP;
    RETURN filled;
END
$$;

-- Leases a request the longest unused of the servers that will do and are free; returns it, or '' if none is.
CREATE FUNCTION place_fleet_request(request_id uuid) RETURNS text LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off AS $$
DECLARE
    asked fleet_requests;
    target text;
BEGIN
    SELECT * INTO asked FROM fleet_requests WHERE id = request_id;
    SELECT rules.server INTO target
    FROM fleet_holders AS holders
    CROSS JOIN LATERAL unnest(
        CASE asked.only_server WHEN '' THEN holders.servers ELSE ARRAY[asked.only_server] END
    ) WITH ORDINALITY AS known (server, place)
    INNER JOIN fleet_servers AS rules ON rules.server = known.server
    LEFT JOIN fleet_usage AS usage ON usage.server = known.server
    WHERE
        EXISTS (SELECT FROM fleet_sweeps WHERE opened_at <= clock_timestamp())
        AND holders.id = asked.holder AND NOT known.server = ANY (asked.excluded)
        AND (asked.priority = 0 OR (rules.state = 'active' AND asked.medium = ANY (rules.media)))
        AND rules.max_jobs > (
            SELECT count(*) FROM fleet_requests AS leased WHERE leased.server = known.server AND leased.server <> ''
        )
    ORDER BY usage.used_at NULLS FIRST, known.place LIMIT 1;
    IF target IS NULL THEN
        RETURN '';
    END IF;
    PERFORM lease_fleet_server(request_id, target);
    RETURN target;
END
$$;

-- Has a request wait, or leases it a server at once; returns the server, '' if it waits, and NULL if its process is not
-- registered. A request that is there already is answered as it stands.
CREATE FUNCTION ask_fleet(
    request_id uuid, its_holder uuid, its_run text, its_episode text, its_priority smallint, its_medium text,
    its_server text, its_excluded text[], waited_s double precision
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    target text;
BEGIN
    PERFORM lock_fleet();
    SELECT server INTO target FROM fleet_requests WHERE id = request_id;
    IF FOUND OR NOT EXISTS (SELECT FROM fleet_holders WHERE id = its_holder) THEN
        RETURN target;
    END IF;
    PERFORM enter_fleet_queue(its_priority, its_episode);
    INSERT INTO fleet_requests (id, holder, run_id, episode, priority, medium, only_server, excluded, asked_at)
    VALUES (
        request_id, its_holder, its_run, its_episode, its_priority, its_medium, its_server, its_excluded,
        clock_timestamp() - waited_s * interval '1 second'
    );
    target := place_fleet_request(request_id);
    IF target = '' THEN
        PERFORM refresh_fleet_queue(its_priority, its_episode);
        PERFORM pg_notify('fleet_' || replace(its_holder::text, '-', ''), '');
    END IF;
    RETURN target;
END
$$;

-- Has a request wait for other servers than before; returns the server that it has now, '' if none, NULL if it is gone.
CREATE FUNCTION exclude_fleet_servers(request_id uuid, its_excluded text[]) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    target text;
BEGIN
    PERFORM lock_fleet();
    UPDATE fleet_requests SET excluded = its_excluded WHERE id = request_id RETURNING server INTO target;
    RETURN CASE target WHEN '' THEN place_fleet_request(request_id) ELSE target END;
END
$$;

-- Ends a request or a lease, and gives its server to the next; returns whether there was one. `was_used` is false for a
-- lease under which nothing was made: it counts neither in the figures nor for the episode.
CREATE FUNCTION release_fleet_request(request_id uuid, was_used boolean) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    done fleet_requests;
    held_s double precision;
BEGIN
    PERFORM lock_fleet();
    DELETE FROM fleet_requests WHERE id = request_id RETURNING * INTO done;
    IF done.id IS NULL THEN
        RETURN false;
    END IF;
    IF done.server = '' THEN
        PERFORM refresh_fleet_queue(done.priority, done.episode);
        RETURN true;
    END IF;
    held_s := CASE WHEN was_used THEN extract(epoch FROM clock_timestamp() - done.leased_at) ELSE 0 END;
    UPDATE fleet_queues SET
        virtual_s = virtual_s + held_s - done.charged_s,
        charged_s = charged_s - done.charged_s,
        mean_s = CASE WHEN was_used THEN mean_s + (held_s - mean_s) / least(jobs + 1, 10) ELSE mean_s END,
        jobs = jobs + was_used::integer
    WHERE priority = done.priority AND episode = done.episode;
    PERFORM set_fleet_clock(done.priority);
    UPDATE fleet_queues SET held = held - 1 WHERE priority = done.priority AND episode = done.episode;
    INSERT INTO fleet_usage (server, used_at) VALUES (done.server, clock_timestamp())
    ON CONFLICT (server) DO UPDATE SET used_at = excluded.used_at;
    IF was_used THEN
        INSERT INTO fleet_past_leases (server, episode, priority, waited_s, leased_at)
        VALUES (
            done.server, done.episode, done.priority, extract(epoch FROM done.leased_at - done.asked_at), done.leased_at
        );
    END IF;
    PERFORM fill_fleet_server(done.server);
    RETURN true;
END
$$;

-- Ends what processes had that are gone, and gives their servers to others; returns how many processes. One is gone whose
-- lock was found free a second ago, so that a process which lost its connection could come back, or which was silent for a
-- minute. While the database has just started, all locks are free.
CREATE FUNCTION sweep_fleet(but_not uuid) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    gone uuid[];
BEGIN
    PERFORM lock_fleet();
    UPDATE fleet_holders SET missing_since = clock_timestamp()
    WHERE
        missing_since IS NULL AND id IS DISTINCT FROM but_not
        AND pg_try_advisory_xact_lock_shared(hashtextextended('fleet:' || id, 0));
    SELECT coalesce(array_agg(id), '{}') INTO gone FROM fleet_holders
    WHERE
        id IS DISTINCT FROM but_not
        AND (
            seen_at < clock_timestamp() - interval '60 seconds'
            OR missing_since < clock_timestamp() - interval '1 second'
            AND pg_postmaster_start_time() < clock_timestamp() - interval '5 seconds'
        );
    DELETE FROM fleet_holders WHERE id = ANY (gone);
    PERFORM release_fleet_request(id, true) FROM fleet_requests WHERE holder = ANY (gone);
    RETURN cardinality(gone);
END
$$;

-- Notes that a process lives, and every half second, whoever calls, looks after what else may have changed; returns whether
-- the process is registered.
CREATE FUNCTION beat_fleet(its_holder uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    target text;
BEGIN
    PERFORM open_fleet();
    UPDATE fleet_sweeps SET swept_at = clock_timestamp() WHERE swept_at < clock_timestamp() - interval '0.5 seconds';
    IF FOUND THEN
        PERFORM sweep_fleet(its_holder);
        DELETE FROM fleet_past_leases WHERE ended_at < clock_timestamp() - interval '2 hours';
        DELETE FROM fleet_queues
        WHERE waiting_since IS NULL AND held = 0 AND last_served_at < clock_timestamp() - interval '1 day';
        FOR target IN
            SELECT server FROM fleet_servers AS rules
            WHERE
                EXISTS (SELECT FROM fleet_queues WHERE waiting_since IS NOT NULL)
                AND rules.max_jobs > (
                    SELECT count(*) FROM fleet_requests WHERE fleet_requests.server = rules.server
                    AND fleet_requests.server <> ''
                )
            ORDER BY random() LIMIT 20
        LOOP
            PERFORM fill_fleet_server(target);
        END LOOP;
    END IF;
    UPDATE fleet_holders SET seen_at = clock_timestamp() WHERE id = its_holder;
    RETURN FOUND;
END
$$;

-- Registers a process under a new id, with what it had under the one before.
CREATE FUNCTION register_fleet_holder(
    new_id uuid, replaced uuid, its_host text, its_pid integer, its_servers text[]
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM open_fleet();
    INSERT INTO fleet_servers (server)
    SELECT known.server FROM unnest(its_servers) AS known (server)
    WHERE NOT EXISTS (SELECT FROM fleet_servers WHERE fleet_servers.server = known.server)
    ON CONFLICT DO NOTHING;
    PERFORM lock_fleet();
    INSERT INTO fleet_holders (id, host, pid, servers) VALUES (new_id, its_host, its_pid, its_servers)
    ON CONFLICT DO NOTHING;
    UPDATE fleet_requests SET holder = new_id WHERE holder = replaced;
    DELETE FROM fleet_holders WHERE id = replaced;
END
$$;

-- Notes a lease that the database has lost; one that is there stays as it is.
CREATE FUNCTION restore_fleet_lease(
    request_id uuid, its_holder uuid, its_run text, its_episode text, its_priority smallint, its_medium text,
    its_server text, target text
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM lock_fleet();
    PERFORM enter_fleet_queue(its_priority, its_episode);
    INSERT INTO fleet_requests (
        id, holder, run_id, episode, priority, medium, only_server, excluded, asked_at, server, leased_at
    )
    VALUES (
        request_id, its_holder, its_run, its_episode, its_priority, its_medium, its_server, '{}', clock_timestamp(), target,
        clock_timestamp()
    )
    ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
        UPDATE fleet_queues SET held = held + 1 WHERE priority = its_priority AND episode = its_episode;
    END IF;
END
$$;
