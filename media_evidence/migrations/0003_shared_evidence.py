from django.db import migrations

from nethra.core.row_security import definer_function

STABLE = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"
VOLATILE = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"

# The exhibits of a shared case, for the sharer's preview and for the other agency alike.
EVIDENCE = f"""RETURNS jsonb {STABLE}
$$ SELECT jsonb_agg(app.only_shared(jsonb_build_object('id', e.id, 'position', e.position, 'title', e.title,
       'description', e.description, 'media_type', e.media_type, 'captured_at', e.captured_at,
       'file_name', e.file_name, 'content_type', e.content_type, 'size', e.size, 'sha256', e.sha256),
       'evidence', s.fields) ORDER BY e.position)
   FROM cases_share s JOIN cases_case c ON c.id = s.case_id JOIN media_evidence_evidence e ON e.case_id = c.id
   WHERE s.id = wanted AND app.shares_any(s.fields, 'evidence')
     AND NOT app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'evidence')
     AND CASE WHEN is_preview THEN s.agency_id = app.agency_id()
              ELSE s.recipient_id = app.agency_id() AND app.share_is_live(s.id) END $$"""

FILE = f"""RETURNS TABLE (owner_id uuid, sha256 text, file_name text, content_type text) {VOLATILE} $$
DECLARE
    given cases_share;
BEGIN
    SELECT s.* INTO given FROM cases_share s JOIN cases_case c ON c.id = s.case_id
    WHERE s.id = wanted AND s.recipient_id = app.agency_id() AND s.level = 'download'
      AND app.shares_any(s.fields, 'evidence') AND app.share_is_live(s.id)
      AND NOT app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'evidence');
    IF NOT FOUND THEN RETURN; END IF;
    RETURN QUERY SELECT e.agency_id, e.sha256::text, e.file_name::text, e.content_type::text
        FROM media_evidence_evidence e WHERE e.id = exhibit AND e.case_id = given.case_id;
    IF FOUND THEN PERFORM app.note_share_reading(given, 'file ' || exhibit); END IF;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0002_row_security"), ("cases", "0008_share_functions")]
    operations = [
        definer_function("app.shared_evidence(wanted uuid, is_preview boolean)", EVIDENCE),
        definer_function("app.read_shared_file(wanted uuid, exhibit uuid)", FILE),
    ]
