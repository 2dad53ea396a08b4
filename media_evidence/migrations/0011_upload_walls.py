from django.db import migrations

from nethra.core.row_security import audit_table, link_within_agency, secure_table

ORIGIN = """
CREATE TRIGGER origin_fixed BEFORE UPDATE ON media_evidence_upload FOR EACH ROW
    WHEN (OLD.case_id <> NEW.case_id OR OLD.begun_by IS DISTINCT FROM NEW.begun_by OR OLD.length <> NEW.length
          OR OLD.file_name <> NEW.file_name OR OLD.declared_sha256 <> NEW.declared_sha256
          OR OLD.evidence_id IS NOT NULL)
    EXECUTE FUNCTION app.refuse_change('What an upload began as never changes, nor what it came to.');
ALTER TABLE media_evidence_upload ENABLE ALWAYS TRIGGER origin_fixed;
"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0010_uploads")]
    operations = [
        secure_table("media_evidence_upload"),
        link_within_agency("media_evidence_upload", "case_id", "cases_case"),
        link_within_agency("media_evidence_upload", "evidence_id", "media_evidence_evidence"),
        audit_table("media_evidence_upload", guarded=["file_name", "title"]),
        migrations.RunSQL(ORIGIN, "DROP TRIGGER origin_fixed ON media_evidence_upload;"),
    ]
