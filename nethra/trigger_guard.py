"""What keeps the audit's triggers where they are: event triggers of the superuser's, which no other role can remove.

The role that migrates owns the tables and may alter them; without this it could switch the audit off, change a record
and switch it on again, and only ``audit_verify --state`` would tell.
"""

from __future__ import annotations

import psycopg

# A trigger is told by its function: names can be changed. Whoever is a superuser could remove the guard itself.
GUARD = """
CREATE SCHEMA IF NOT EXISTS nethra_guard;

CREATE OR REPLACE FUNCTION nethra_guard.is_superuser() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = session_user $$;

CREATE OR REPLACE FUNCTION nethra_guard.is_wall(trigger_function oid) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                  WHERE p.oid = trigger_function AND n.nspname = 'app'
                    AND p.proname IN ('capture_change', 'refuse_change')) $$;

CREATE OR REPLACE FUNCTION nethra_guard.refuse_muting() RETURNS event_trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE altered record;
BEGIN
    IF nethra_guard.is_superuser() THEN RETURN; END IF;
    FOR altered IN SELECT d.objid, d.object_identity FROM pg_event_trigger_ddl_commands() d
                   WHERE d.classid = 'pg_class'::regclass LOOP
        IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = altered.objid AND t.tgenabled IN ('D', 'R')
                     AND nethra_guard.is_wall(t.tgfoid)) THEN
            RAISE EXCEPTION 'The audit of % is never switched off.', altered.object_identity
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    END LOOP;
END $$;

-- A migration may drop triggers to make them anew: what counts is how the table stands at its commit.
CREATE TABLE IF NOT EXISTS nethra_guard.dropped_trigger (
    table_name text NOT NULL, dropped_at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE OR REPLACE FUNCTION nethra_guard.note_dropped() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF nethra_guard.is_superuser() THEN RETURN; END IF;
    INSERT INTO nethra_guard.dropped_trigger (table_name)
        SELECT DISTINCT d.address_names[1] || '.' || d.address_names[2] FROM pg_event_trigger_dropped_objects() d
        WHERE d.object_type = 'trigger' AND NOT d.is_temporary;
END $$;

CREATE OR REPLACE FUNCTION nethra_guard.still_recorded() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE target oid := to_regclass(NEW.table_name); recording integer; refusing integer;
BEGIN
    IF target IS NULL OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target
                                       AND a.attname = 'agency_id' AND NOT a.attisdropped)
        THEN RETURN NULL; END IF;
    SELECT count(*) FILTER (WHERE p.proname = 'capture_change'), count(*) FILTER (WHERE p.proname = 'refuse_change')
      INTO recording, refusing
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = target AND t.tgenabled = 'A' AND nethra_guard.is_wall(t.tgfoid);
    -- Three that record and one against TRUNCATE; the audit itself has two that refuse.
    IF NOT (recording >= 3 AND refusing >= 1 OR NEW.table_name = 'public.audit_auditevent' AND refusing >= 2) THEN
        RAISE EXCEPTION 'The audit of % is never taken away.', NEW.table_name
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS still_recorded ON nethra_guard.dropped_trigger;
CREATE CONSTRAINT TRIGGER still_recorded AFTER INSERT ON nethra_guard.dropped_trigger
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nethra_guard.still_recorded();

GRANT USAGE ON SCHEMA nethra_guard TO PUBLIC;

DROP EVENT TRIGGER IF EXISTS audit_not_muted;
CREATE EVENT TRIGGER audit_not_muted ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION nethra_guard.refuse_muting();
DROP EVENT TRIGGER IF EXISTS audit_not_dropped;
CREATE EVENT TRIGGER audit_not_dropped ON sql_drop EXECUTE FUNCTION nethra_guard.note_dropped();
ALTER EVENT TRIGGER audit_not_muted ENABLE ALWAYS;
ALTER EVENT TRIGGER audit_not_dropped ENABLE ALWAYS;
"""


def guard_triggers(connection: psycopg.Connection) -> None:
    """Make the guard in this database, or bring it up to date; the connection is a superuser's."""
    with connection.transaction():
        connection.execute(GUARD)
