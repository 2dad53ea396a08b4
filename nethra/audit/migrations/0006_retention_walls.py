from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    secure_table,
)

TABLE = "audit_audithold"

# What may go: sealed for a year at least, older than the rule, held by nobody, and not the last that is known of a row.
# What says that events went never goes.
RETIRABLE = """RETURNS TABLE (id uuid, seq bigint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.id, l.seq
    FROM accounts_agency a
    JOIN audit_auditevent e ON e.agency_id = a.id
    JOIN audit_auditleaf l ON l.event_id = e.id
    WHERE a.id = agency AND a.audit_keep_days >= 365
      AND l.seq < (SELECT max(c.size) FROM audit_auditcheckpoint c
                   WHERE c.sealed_at < clock_timestamp() - interval '365 days')
      AND e.recorded_at < clock_timestamp() - a.audit_keep_days * interval '1 day'
      AND e.action <> 'retire'
      AND NOT EXISTS (SELECT FROM audit_audithold h
                      WHERE h.agency_id = a.id AND h.lifted_at IS NULL
                        AND (h.object_id IS NULL OR h.object_id = e.object_id))
      AND (e.action NOT IN ('insert', 'update') OR EXISTS (
           SELECT FROM audit_auditevent n
           WHERE n.agency_id = e.agency_id AND n.object_id = e.object_id AND n.entity = e.entity
             AND n.action IN ('insert', 'update', 'delete') AND (n.recorded_at, n.id) > (e.recorded_at, e.id)))
$$"""

# The leaves stay, so that the tree is what was signed; the event that says so names their places.
RETIRE = """RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint; places text; before bigint;
BEGIN
    SELECT (extract(epoch FROM clock_timestamp() - a.audit_keep_days * interval '1 day') * 1000000)::bigint INTO before
    FROM accounts_agency a WHERE a.id = agency;
    PERFORM set_config('app.expunging', 'on', true);
    WITH deleted AS (
        DELETE FROM audit_auditevent e USING app.retirable_events(agency) r WHERE e.id = r.id RETURNING r.seq
    ) SELECT count(*), coalesce(range_agg(int8range(seq, seq + 1))::text, '{}') INTO gone, places FROM deleted;
    PERFORM set_config('app.expunging', '', true);
    IF gone > 0 THEN
        PERFORM set_config('app.agency_id', agency::text, true);
        PERFORM app.record_event('retire', 'accounts_agency', agency, 'done', why,
            jsonb_build_object('before', before, 'leaves', places, 'events', gone), NULL);
    END IF;
    RETURN gone;
END $$"""

SEALER_ONLY = """
GRANT DELETE ON audit_auditevent TO nethra_definer;
GRANT EXECUTE ON FUNCTION app.retirable_events(uuid), app.retire_events(uuid, text) TO nethra_sealing;
"""
SEALER_ONLY_REVERSE = "REVOKE DELETE ON audit_auditevent FROM nethra_definer;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_audithold"), ("accounts", "0011_audit_keep_days")]
    operations = [
        secure_table(TABLE),
        forbid_delete(TABLE),
        audit_table(TABLE),
        definer_function("app.retirable_events(agency uuid)", RETIRABLE, grant=False),
        definer_function("app.retire_events(agency uuid, why text)", RETIRE, grant=False),
        migrations.RunSQL(SEALER_ONLY, SEALER_ONLY_REVERSE),
    ]
