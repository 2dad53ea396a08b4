from django.db import migrations

from nethra.core.row_security import audit_table

GUARDED = ["description", "notes", "address", "location", "external_id", "beat_id", "district_id"]
LEFT_OUT = ["g3857", "lon", "lat", "content_hash", "is_guarded"]
BEFORE = audit_table("incidents_incident", guarded=GUARDED, excluded=LEFT_OUT)
AFTER = audit_table("incidents_incident", guarded=[*GUARDED, "found_by_address"], excluded=LEFT_OUT)

# Whoever moves an incident, by whatever door: the new place is not the one that was found. A condition of the trigger
# itself that compared geometries could not be restored: dumps are read with an empty search path.
MOVED = """
CREATE FUNCTION app.forget_found_address() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS
$$ BEGIN
    IF OLD.location IS DISTINCT FROM NEW.location THEN
        NEW.found_by_address := '';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_found_address BEFORE UPDATE OF location ON incidents_incident FOR EACH ROW
    WHEN (OLD.found_by_address <> '') EXECUTE FUNCTION app.forget_found_address();
ALTER TABLE incidents_incident ENABLE ALWAYS TRIGGER forget_found_address;
"""
MOVED_REVERSE = """
DROP TRIGGER forget_found_address ON incidents_incident;
DROP FUNCTION app.forget_found_address();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0021_found_by_address")]
    operations = [
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        migrations.RunSQL(MOVED, MOVED_REVERSE),
    ]
