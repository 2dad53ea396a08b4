from django.db import migrations

from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

TABLE = "incidents_incidentreading"
GRANT = f"GRANT SELECT, UPDATE ON {TABLE} TO nethra_definer;"
REVOKE = f"REVOKE SELECT, UPDATE ON {TABLE} FROM nethra_definer;"

# Why somebody read a record can say what stood in it.
EXPUNGE = """
CREATE OR REPLACE FUNCTION app.expunge_incident(wanted uuid)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM set_config('app.expunging', 'on', true);
    UPDATE incidents_incident SET description = '', notes = '', address = '', location = NULL, beat_id = NULL,
        district_id = NULL, external_id = NULL, content_hash = NULL, expunged_at = clock_timestamp(),
        updated_at = clock_timestamp()
    WHERE id = wanted AND agency_id = app.agency_id();
    UPDATE incidents_incidentseal SET reason = '' WHERE incident_id = wanted AND agency_id = app.agency_id();
    {readings}
    RETURN app.blank_events(ARRAY[wanted]);
END $$;
"""
READINGS = f"UPDATE {TABLE} SET reason = '' WHERE incident_id = wanted AND agency_id = app.agency_id();"


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0013_readings"),
        ("incidents", "0012_expunge"),
        ("accounts", "0009_role_walls"),
    ]
    operations = [
        secure_table(TABLE),
        link_within_agency(TABLE, "incident_id", "incidents_incident"),
        link_within_agency(TABLE, "user_id", "accounts_user"),
        forbid_delete(TABLE),
        # Looking again is counted, and is no event of its own.
        audit_table(TABLE, guarded=["reason"], ignored=["times", "last_at"]),
        migrations.RunSQL(GRANT, REVOKE),
        migrations.RunSQL(EXPUNGE.replace("{readings}", READINGS), EXPUNGE.replace("    {readings}\n", "")),
    ]
