from django.db import migrations

from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

FILE = """
CREATE TRIGGER file_fixed BEFORE UPDATE ON media_evidence_evidence FOR EACH ROW
    WHEN (OLD.sha256 <> NEW.sha256 OR OLD.size <> NEW.size OR OLD.case_id <> NEW.case_id
          OR OLD.file_name <> NEW.file_name OR OLD.content_type <> NEW.content_type
          OR OLD.position <> NEW.position OR OLD.uploaded_at <> NEW.uploaded_at
          OR OLD.uploaded_by_id IS DISTINCT FROM NEW.uploaded_by_id)
    EXECUTE FUNCTION app.refuse_change('The file of an exhibit and its origin never change.');
ALTER TABLE media_evidence_evidence ENABLE ALWAYS TRIGGER file_fixed;
"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0001_initial"), ("cases", "0004_audit_trail")]
    operations = [
        secure_table("media_evidence_evidence"),
        link_within_agency("media_evidence_evidence", "case_id", "cases_case"),
        link_within_agency("media_evidence_evidence", "uploaded_by_id", "accounts_user"),
        forbid_delete("media_evidence_evidence"),
        audit_table("media_evidence_evidence", guarded=["title", "description", "file_name"]),
        migrations.RunSQL(FILE, "DROP TRIGGER file_fixed ON media_evidence_evidence;"),
    ]
