from django.db import migrations

from nethra.core.row_security import definer_function

# What a scan said of a file that another agency lets this one download; NULL where it lets it download none such.
SCAN = """RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT e.scan::text
   FROM cases_share s JOIN cases_case c ON c.id = s.case_id JOIN media_evidence_evidence e ON e.case_id = c.id
   WHERE s.id = wanted AND e.id = exhibit AND s.recipient_id = app.agency_id() AND s.level = 'download'
     AND e.custody <> 'disposed'
     AND app.shares_any(s.fields, 'evidence') AND app.share_is_live(s.id)
     AND NOT app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'evidence') $$"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0018_scans"), ("cases", "0008_share_functions")]
    operations = [definer_function("app.scan_of_shared_file(wanted uuid, exhibit uuid)", SCAN)]
