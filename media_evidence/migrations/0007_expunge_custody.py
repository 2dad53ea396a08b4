from django.db import migrations

# The exhibits of a case that an approved order expunges, with their chains; returns the digests of their files.
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
    -- CHAINS
    DELETE FROM media_evidence_evidence x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
    RETURN digests;
END $$;
"""
CHAINS = (
    "DELETE FROM media_evidence_custodyevent e WHERE e.case_id = o.subject_id AND e.agency_id = o.agency_id;"
)


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0006_custody_chain")]
    operations = [migrations.RunSQL(EXPUNGE.replace("-- CHAINS", CHAINS), EXPUNGE)]
