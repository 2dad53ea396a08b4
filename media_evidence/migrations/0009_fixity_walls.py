from django.db import migrations

from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

TABLE = "media_evidence_fixitycheck"
WALLS = f"""
SELECT app.read_only_for_application('{TABLE}');
DO $$ BEGIN EXECUTE format('GRANT INSERT ON {TABLE} TO %I', app.application_role()); END $$;
GRANT SELECT, DELETE ON {TABLE} TO nethra_definer;
CREATE TRIGGER append_only BEFORE UPDATE ON {TABLE} FOR EACH ROW
    EXECUTE FUNCTION app.refuse_change('What a check found is never changed.');
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER append_only;
"""

# The exhibits of a case that an approved order expunges, with what was kept about each; returns their digests.
EXPUNGE = """
CREATE OR REPLACE FUNCTION app.expunge_evidence(wanted uuid) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o cases_expungeorder;
    digests text[];
BEGIN
    SELECT * INTO o FROM cases_expungeorder e
    WHERE e.id = wanted AND e.agency_id = app.agency_id() AND e.approved_at IS NOT NULL AND e.declined_at IS NULL
      AND (e.asked_by_id IS NULL OR e.approved_by_id IS DISTINCT FROM e.asked_by_id)
      AND e.kind IN ('case', 'case_incidents');
    IF NOT FOUND THEN RETURN '{}'; END IF;
    PERFORM set_config('app.expunging', 'on', true);
    SELECT coalesce(array_agg(DISTINCT x.sha256::text), '{}') INTO digests FROM media_evidence_evidence x
    WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
    DELETE FROM media_evidence_custodyevent e WHERE e.case_id = o.subject_id AND e.agency_id = o.agency_id;
    -- CHECKS
    DELETE FROM media_evidence_evidence x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
    RETURN digests;
END $$;
"""
CHECKS = f"DELETE FROM {TABLE} f WHERE f.case_id = o.subject_id AND f.agency_id = o.agency_id;"


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0008_fixity_checks")]
    operations = [
        secure_table(TABLE),
        link_within_agency(TABLE, "case_id", "cases_case"),
        link_within_agency(TABLE, "evidence_id", "media_evidence_evidence"),
        link_within_agency(TABLE, "checked_by_id", "accounts_user"),
        forbid_delete(TABLE),
        audit_table(TABLE),
        migrations.RunSQL(WALLS, f"DROP TRIGGER append_only ON {TABLE};"),
        migrations.RunSQL(EXPUNGE.replace("-- CHECKS", CHECKS), EXPUNGE.replace("    -- CHECKS\n", "")),
    ]
