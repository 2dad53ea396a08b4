from django.db import migrations

from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

GUARDED = ["description", "notes", "address", "location"]
LEFT_OUT = ["g3857", "lon", "lat", "content_hash"]
BEFORE = audit_table("incidents_incident", guarded=GUARDED, excluded=LEFT_OUT)
AFTER = audit_table("incidents_incident", guarded=GUARDED, excluded=[*LEFT_OUT, "is_guarded"])

# Imports name their columns and leave these to the database.
DEFAULTS = """
ALTER TABLE incidents_incident ALTER COLUMN sealed_parts SET DEFAULT '{}', ALTER COLUMN is_behind_case SET DEFAULT false;
"""
DEFAULTS_REVERSE = """
ALTER TABLE incidents_incident ALTER COLUMN sealed_parts DROP DEFAULT, ALTER COLUMN is_behind_case DROP DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_need_to_know"), ("accounts", "0009_role_walls")]
    operations = [
        migrations.RunSQL(DEFAULTS, DEFAULTS_REVERSE),
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        secure_table("incidents_incidentseal"),
        link_within_agency("incidents_incidentseal", "incident_id", "incidents_incident"),
        *[
            link_within_agency("incidents_incidentseal", f"{who}_by_id", "accounts_user")
            for who in ("placed", "lifted", "removed")
        ],
        forbid_delete("incidents_incidentseal"),
        audit_table("incidents_incidentseal", guarded=["reason"]),
    ]
