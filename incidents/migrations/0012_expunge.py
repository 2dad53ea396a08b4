from django.db import migrations

from nethra.core.row_security import audit_table, definer_function

LEFT_OUT = ["g3857", "lon", "lat", "content_hash", "is_guarded"]
BEFORE = audit_table(
    "incidents_incident", guarded=["description", "notes", "address", "location"], excluded=LEFT_OUT
)
# What another system calls it can name somebody, and so can where a record lay before it was moved.
AFTER = audit_table(
    "incidents_incident",
    guarded=["description", "notes", "address", "location", "external_id", "beat_id", "district_id"],
    excluded=LEFT_OUT,
)

# What never changes and is never deleted does so by order: within the functions of nethra_definer that say so.
REFUSE = """
CREATE OR REPLACE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF current_user = 'nethra_definer' AND current_setting('app.expunging', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
REFUSE_REVERSE = """
CREATE OR REPLACE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""

GRANTS = """
GRANT UPDATE ON audit_auditevent, incidents_incident TO nethra_definer;
GRANT UPDATE ON incidents_incidentseal TO nethra_definer;
"""
GRANTS_REVERSE = """
REVOKE UPDATE ON audit_auditevent, incidents_incident FROM nethra_definer;
REVOKE UPDATE ON incidents_incidentseal FROM nethra_definer;
"""

# The leaf commits to the hash of the guarded part: without the part the proof still holds.
BLANK = """RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    blanked integer;
BEGIN
    UPDATE audit_auditevent SET guarded = NULL, salt = NULL
    WHERE agency_id = app.agency_id() AND guarded IS NOT NULL
      AND (object_id = ANY (wanted)
           OR substring(body FROM '"case_id": "([0-9a-f-]{36})"') = ANY (wanted::text[])
           OR substring(body FROM '"incident_id": "([0-9a-f-]{36})"') = ANY (wanted::text[]));
    GET DIAGNOSTICS blanked = ROW_COUNT;
    RETURN blanked;
END $$"""

INCIDENT = """RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM set_config('app.expunging', 'on', true);
    UPDATE incidents_incident SET description = '', notes = '', address = '', location = NULL, beat_id = NULL,
        district_id = NULL, external_id = NULL, content_hash = NULL, expunged_at = clock_timestamp(),
        updated_at = clock_timestamp()
    WHERE id = wanted AND agency_id = app.agency_id();
    UPDATE incidents_incidentseal SET reason = '' WHERE incident_id = wanted AND agency_id = app.agency_id();
    RETURN app.blank_events(ARRAY[wanted]);
END $$"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0011_expunging"), ("audit", "0002_triggers")]
    operations = [
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        migrations.RunSQL(REFUSE, REFUSE_REVERSE),
        migrations.RunSQL(GRANTS, GRANTS_REVERSE),
        definer_function("app.blank_events(wanted uuid[])", BLANK, grant=False),
        definer_function("app.expunge_incident(wanted uuid)", INCIDENT, grant=False),
    ]
