from django.db import migrations

from nethra.core.row_security import audit_table, link_within_agency, secure_table

TABLE = "incidents_incidenthabit"
GRANT = f"GRANT SELECT, DELETE ON {TABLE} TO nethra_definer;"
REVOKE = f"REVOKE SELECT, DELETE ON {TABLE} FROM nethra_definer;"

# As the narrative, how it was done can tell who did it.
EXPUNGE = """
CREATE OR REPLACE FUNCTION app.expunge_incident(wanted uuid)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM set_config('app.expunging', 'on', true);
    UPDATE incidents_incident SET description = '', notes = '', address = '', location = NULL, beat_id = NULL,
        district_id = NULL, external_id = NULL, content_hash = NULL, expunged_at = clock_timestamp(),
        updated_at = clock_timestamp()
    WHERE id = wanted AND agency_id = app.agency_id();
    {habits}
    UPDATE incidents_incidentseal SET reason = '' WHERE incident_id = wanted AND agency_id = app.agency_id();
    UPDATE incidents_incidentreading SET reason = '' WHERE incident_id = wanted AND agency_id = app.agency_id();
    RETURN app.blank_events(ARRAY[wanted]);
END $$;
"""
HABITS = f"DELETE FROM {TABLE} WHERE incident_id = wanted AND agency_id = app.agency_id();"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0019_modus_operandi"), ("incidents", "0014_reading_walls")]
    operations = [
        secure_table(TABLE),
        link_within_agency(TABLE, "incident_id", "incidents_incident", on_delete="CASCADE"),
        audit_table(TABLE, guarded=["value"]),
        migrations.RunSQL(GRANT, REVOKE),
        migrations.RunSQL(EXPUNGE.replace("{habits}", HABITS), EXPUNGE.replace("    {habits}\n", "")),
    ]
