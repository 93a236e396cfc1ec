-- The record is only ever added to: who paused which server, and why, is part of it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM fleet_changes) THEN
        RAISE EXCEPTION 'changes to servers of the fleet are on record; the version before has no place for them'
            USING ERRCODE = 'restrict_violation';
    END IF;
END
$$;
DROP FUNCTION restore_fleet_lease(uuid, uuid, text, text, smallint, text, text, text);
DROP FUNCTION register_fleet_holder(uuid, uuid, text, integer, text[]);
DROP FUNCTION beat_fleet(uuid);
DROP FUNCTION sweep_fleet(uuid);
DROP FUNCTION release_fleet_request(uuid, boolean);
DROP FUNCTION exclude_fleet_servers(uuid, text[]);
DROP FUNCTION ask_fleet(uuid, uuid, text, text, smallint, text, text, text[], double precision);
DROP FUNCTION place_fleet_request(uuid);
DROP FUNCTION fill_fleet_server(text);
DROP FUNCTION lease_fleet_server(uuid, text);
DROP FUNCTION enter_fleet_queue(smallint, text);
DROP FUNCTION set_fleet_clock(smallint);
DROP FUNCTION refresh_fleet_queue(smallint, text);
DROP FUNCTION lock_fleet();
DROP FUNCTION open_fleet();
DROP TABLE
    fleet_sweeps, fleet_past_leases, fleet_usage, fleet_clocks, fleet_queues, fleet_requests, fleet_holders, fleet_changes,
    fleet_servers;
