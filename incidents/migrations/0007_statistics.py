from django.db import migrations

# Only a table's owner may ANALYZE it, and the application owns none. Without it, an import after an undo checks
# its foreign keys by the statistics of an empty table: any index that begins with the agency looks as good as
# the key, and every check reads the whole agency.
REFRESH = """
CREATE FUNCTION app.refresh_incident_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ BEGIN ANALYZE incidents_incident; ANALYZE incidents_incidentoffence; END $$;
REVOKE ALL ON FUNCTION app.refresh_incident_statistics() FROM PUBLIC;
SELECT app.grant_to_application('app.refresh_incident_statistics()');
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_search_numbers")]
    operations = [migrations.RunSQL(REFRESH, "DROP FUNCTION app.refresh_incident_statistics();")]
