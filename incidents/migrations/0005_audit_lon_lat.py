from django.db import migrations

from nethra.core.row_security import audit_table

GUARDED = ["description", "notes", "address", "location"]
BEFORE = audit_table("incidents_incident", guarded=GUARDED, excluded=["g3857", "content_hash"])
AFTER = audit_table("incidents_incident", guarded=GUARDED, excluded=["g3857", "lon", "lat", "content_hash"])


class Migration(migrations.Migration):
    """The generated coordinates follow from the guarded location: the audit's public part must not hold them."""

    dependencies = [("incidents", "0004_lon_lat")]
    operations = [
        migrations.RunSQL(BEFORE.reverse_sql, BEFORE.sql),
        migrations.RunSQL(AFTER.sql, AFTER.reverse_sql),
    ]
