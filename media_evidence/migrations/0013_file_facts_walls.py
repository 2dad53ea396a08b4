from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

TABLE = "media_evidence_filefacts"
#: What the file says of people, devices and places; sizes and kinds say nothing.
GUARDED = [
    "camera_make",
    "camera_model",
    "camera_serial",
    "author",
    "producer",
    "entries",
    "location",
    "stated_at",
    "clock_reason",
    "picture_hash",
    "note",
]
ORIGIN = f"""
CREATE TRIGGER origin_fixed BEFORE UPDATE ON {TABLE} FOR EACH ROW
    WHEN (OLD.evidence_id <> NEW.evidence_id OR OLD.case_id <> NEW.case_id)
    EXECUTE FUNCTION app.refuse_change('Facts stay with the exhibit whose file states them.');
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER origin_fixed;
"""

# The facts of a case's files that an approved order expunges; before the exhibits, to which they refer.
EXPUNGE = f"""RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o cases_expungeorder;
BEGIN
    SELECT * INTO o FROM cases_expungeorder e
    WHERE e.id = wanted AND e.agency_id = app.agency_id() AND e.approved_at IS NOT NULL AND e.declined_at IS NULL
      AND (e.asked_by_id IS NULL OR e.approved_by_id IS DISTINCT FROM e.asked_by_id)
      AND e.kind IN ('case', 'case_incidents');
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM set_config('app.expunging', 'on', true);
    DELETE FROM {TABLE} x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0012_file_facts"), ("cases", "0010_expunge")]
    operations = [
        secure_table(TABLE),
        link_within_agency(TABLE, "case_id", "cases_case"),
        link_within_agency(TABLE, "evidence_id", "media_evidence_evidence"),
        link_within_agency(TABLE, "clock_set_by_id", "accounts_user"),
        forbid_delete(TABLE),
        audit_table(TABLE, guarded=GUARDED),
        migrations.RunSQL(ORIGIN, f"DROP TRIGGER origin_fixed ON {TABLE};"),
        migrations.RunSQL(
            f"GRANT DELETE ON {TABLE} TO nethra_definer;", f"REVOKE DELETE ON {TABLE} FROM nethra_definer;"
        ),
        definer_function("app.expunge_file_facts(wanted uuid)", EXPUNGE),
    ]
