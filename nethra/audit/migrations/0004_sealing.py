from django.db import migrations

from nethra.core.row_security import definer_function

# The application neither reads nor writes what proves its audit.
TABLES = """
DO $$ DECLARE target text; BEGIN
    FOREACH target IN ARRAY ARRAY['audit_auditleaf', 'audit_auditcheckpoint', 'audit_auditverification'] LOOP
        EXECUTE format('REVOKE ALL ON %I FROM %I', target, app.application_role());
        EXECUTE format('GRANT INSERT ON %I TO nethra_definer', target);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW
                        EXECUTE FUNCTION app.refuse_change(''The audit is append only.'')', target);
        EXECUTE format('CREATE TRIGGER append_only_table BEFORE TRUNCATE ON %I FOR EACH STATEMENT
                        EXECUTE FUNCTION app.refuse_change(''The audit is append only.'')', target);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', target);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only_table', target);
    END LOOP;
END $$;
"""

# What no open transaction can add to any more: everything written by transactions below ``over``. A slow transaction
# with a low number holds the rest back, so that it is never passed over.
UNSEALED = """RETURNS TABLE (id uuid, agency_id uuid, recorded_at bigint, xid xid8, leaf bytea) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.id, e.agency_id, (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.xid, e.leaf
    FROM audit_auditevent e
    WHERE (e.xid >= since AND e.xid < over OR e.xid >= beyond)
      AND NOT EXISTS (SELECT FROM audit_auditleaf l WHERE l.event_id = e.id)
    ORDER BY e.xid, e.id LIMIT most
$$"""

APPEND = """RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- One sealer at a time, whatever was started twice.
    PERFORM pg_advisory_xact_lock(7310225);
    IF first <> coalesce((SELECT max(seq) + 1 FROM audit_auditleaf), 0) THEN
        RAISE EXCEPTION 'Another sealer was here first.' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO audit_auditleaf (seq, event_id, leaf)
        SELECT first + n.place - 1, n.id, n.leaf FROM unnest(ids, leaves) WITH ORDINALITY n (id, leaf, place);
    INSERT INTO audit_auditcheckpoint (size, sealed_at, note)
        VALUES (first + cardinality(ids), clock_timestamp(), note);
END $$"""

# Where an agency's own events stand; of the others it tells nothing.
PLACES = """RETURNS TABLE (event_id uuid, seq bigint, sealed_at timestamptz) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.event_id, l.seq,
           (SELECT c.sealed_at FROM audit_auditcheckpoint c WHERE c.size > l.seq ORDER BY c.size LIMIT 1)
    FROM audit_auditleaf l JOIN audit_auditevent e ON e.id = l.event_id
    WHERE l.event_id = ANY (wanted) AND e.agency_id = app.agency_id()
$$"""

NOTE = """RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO audit_auditverification (verified_at, is_sound, with_state, events, findings)
    VALUES (clock_timestamp(), is_sound, with_state, events, findings)
$$"""

# What the console says of the proof: times and whether it held, no numbers of other agencies.
STANDING = """RETURNS TABLE (sealed_at timestamptz, verified_at timestamptz, is_sound boolean, with_state boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (SELECT max(c.sealed_at) FROM audit_auditcheckpoint c), v.verified_at, v.is_sound, v.with_state
    FROM (SELECT 1) one LEFT JOIN LATERAL
        (SELECT * FROM audit_auditverification ORDER BY id DESC LIMIT 1) v ON true
$$"""

SEALER_ONLY = """
GRANT USAGE ON SEQUENCE audit_auditverification_id_seq TO nethra_definer;
GRANT EXECUTE ON FUNCTION app.unsealed_events(xid8, xid8, xid8, integer),
    app.append_leaves(bigint, uuid[], bytea[], text), app.note_verification(boolean, boolean, bigint, bigint)
    TO nethra_sealing;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_proof")]
    operations = [
        migrations.RunSQL(TABLES, migrations.RunSQL.noop),
        definer_function(
            "app.unsealed_events(since xid8, over xid8, beyond xid8, most integer)", UNSEALED, grant=False
        ),
        definer_function(
            "app.append_leaves(first bigint, ids uuid[], leaves bytea[], note text)", APPEND, grant=False
        ),
        definer_function("app.places_of_events(wanted uuid[])", PLACES),
        definer_function(
            "app.note_verification(is_sound boolean, with_state boolean, events bigint, findings bigint)",
            NOTE,
            grant=False,
        ),
        definer_function("app.audit_standing()", STANDING),
        migrations.RunSQL(SEALER_ONLY, migrations.RunSQL.noop),
    ]
