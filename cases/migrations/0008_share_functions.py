from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

STABLE = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"
VOLATILE = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"

# Another agency's name and key, for whoever shares with it.
PARTNER = f"""RETURNS TABLE (id uuid, name text) {STABLE}
$$ SELECT a.id, a.name FROM accounts_agency a
   WHERE a.code = wanted AND a.deactivated_at IS NULL AND a.id <> app.agency_id() $$"""

# A share counts while it and all that it was passed on from count, and its record is neither sealed nor gone.
LIVE = f"""RETURNS boolean {STABLE}
$$ WITH RECURSIVE chain AS (
       SELECT s.* FROM cases_share s WHERE s.id = wanted
       UNION ALL SELECT p.* FROM cases_share p JOIN chain c ON p.id = c.parent_id)
   SELECT coalesce(bool_and(c.released_at IS NOT NULL AND c.revoked_at IS NULL AND c.until > statement_timestamp()), false)
      AND NOT coalesce(bool_or(k.sealed_parts @> ARRAY['whole']::varchar[]
                               AND NOT coalesce(k.seal_lifted_until > statement_timestamp(), false)), false)
      AND NOT coalesce(bool_or(n.sealed_parts @> ARRAY['whole']::varchar[]
                               AND NOT coalesce(n.seal_lifted_until > statement_timestamp(), false)), false)
   FROM chain c
   LEFT JOIN cases_case k ON k.id = c.case_id LEFT JOIN incidents_incident n ON n.id = c.incident_id $$"""

# Of a record only what the share names, and always its number and key.
ONLY = """
CREATE FUNCTION app.only_shared(record jsonb, kind text, fields text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(record) e
   WHERE e.key IN ('id', 'number') OR (kind || '.' || e.key) = ANY (fields) $$;

CREATE FUNCTION app.is_sealed(parts varchar[], lifted_until timestamptz, part text) RETURNS boolean
LANGUAGE sql STABLE AS
$$ SELECT parts @> ARRAY[part]::varchar[] AND NOT coalesce(lifted_until > statement_timestamp(), false) $$;
"""
ONLY_REVERSE = """
DROP FUNCTION app.is_sealed(varchar[], timestamptz, text);
DROP FUNCTION app.only_shared(jsonb, text, text[]);
"""

# An incident as it is shared: a sealed narrative or place stays at home whatever the share says, and so does an
# incident that another case hides.
INCIDENT = f"""RETURNS jsonb {STABLE}
$$ SELECT app.only_shared(jsonb_build_object(
       'id', n.id, 'number', n.number, 'status', n.status, 'occurred_from', n.occurred_from,
       'occurred_until', n.occurred_until, 'reported_at', n.reported_at,
       'offences', (SELECT coalesce(jsonb_agg(o.offence_code_id ORDER BY o.position), '[]')
                    FROM incidents_incidentoffence o WHERE o.incident_id = n.id))
     || CASE WHEN app.is_sealed(n.sealed_parts, n.seal_lifted_until, 'narrative') THEN '{{}}'
             ELSE jsonb_build_object('description', n.description) END
     || CASE WHEN app.is_sealed(n.sealed_parts, n.seal_lifted_until, 'place') THEN '{{}}'
             ELSE jsonb_build_object('address', n.address, 'location', ST_AsGeoJSON(n.location, 7)::jsonb) END,
     'incident', fields)
   FROM incidents_incident n WHERE n.id = wanted AND NOT app.is_sealed(n.sealed_parts, n.seal_lifted_until, 'whole')
     AND NOT EXISTS (
       SELECT FROM cases_case c
       WHERE c.agency_id = n.agency_id AND c.id IS DISTINCT FROM of_case
         AND (c.primary_incident_id = n.id
              OR c.id IN (SELECT l.case_id FROM cases_caseincident l WHERE l.incident_id = n.id))
         AND (c.is_restricted AND c.hides_incidents OR app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'whole')))
$$"""

# Exactly what the other side sees: previews and readings call this one function.
RECORD = f"""RETURNS jsonb {STABLE}
$$ SELECT jsonb_build_object(
       'id', s.id, 'from', a.name, 'level', s.level, 'until', s.until, 'may_reshare', s.may_reshare,
       'lead_state', s.lead_state, 'passed_on_by', s.passed_on_by)
     || CASE WHEN s.case_id IS NULL THEN
            jsonb_build_object('incidents', coalesce(
                (SELECT jsonb_agg(found) FROM app.shared_incident(s.incident_id, NULL, s.fields) found
                 WHERE found IS NOT NULL), '[]'))
        ELSE (SELECT jsonb_build_object(
            'case', app.only_shared(
                jsonb_build_object('number', c.number, 'title', c.title, 'status', c.status,
                    'status_since', c.status_since, 'priority', c.priority, 'clearance', c.clearance,
                    'referred_to', c.referred_to, 'opened_at', c.opened_at, 'closed_at', c.closed_at)
                || CASE WHEN app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'notes') THEN '{{}}'
                        ELSE jsonb_build_object('notes', c.notes) END, 'case', s.fields),
            'incidents', CASE WHEN app.shares_any(s.fields, 'incident') THEN coalesce(
                (SELECT jsonb_agg(found ORDER BY found ->> 'number')
                 FROM unnest(app.incidents_of_shared_case(c.id)) i(id),
                      LATERAL app.shared_incident(i.id, c.id, s.fields) found WHERE found IS NOT NULL), '[]')
                ELSE '[]' END,
            'people', CASE WHEN app.shares_any(s.fields, 'person')
                            AND NOT app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'people') THEN coalesce(
                (SELECT jsonb_agg(app.only_shared(jsonb_build_object('id', p.id, 'role', p.role, 'name', p.name,
                        'born_on', p.born_on, 'contact', p.contact), 'person', s.fields) ORDER BY p.created_at, p.id)
                 FROM cases_involvedperson p WHERE p.case_id = c.id), '[]') ELSE '[]' END,
            'tasks', CASE WHEN app.shares_any(s.fields, 'task') THEN coalesce(
                (SELECT jsonb_agg(app.only_shared(jsonb_build_object('id', t.id, 'title', t.title,
                        'status', t.status, 'priority', t.priority, 'due_on', t.due_on), 'task', s.fields)
                        ORDER BY t.created_at, t.id)
                 FROM cases_casetask t WHERE t.case_id = c.id), '[]') ELSE '[]' END,
            'history', CASE WHEN app.shares_any(s.fields, 'history') THEN coalesce(
                (SELECT jsonb_agg(app.only_shared(jsonb_build_object('from_status', h.from_status,
                        'to_status', h.to_status, 'changed_at', h.changed_at)
                        || CASE WHEN app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'notes') THEN '{{}}'
                                ELSE jsonb_build_object('reason', h.reason) END, 'history', s.fields)
                        ORDER BY h.changed_at, h.id)
                 FROM cases_casestatuschange h WHERE h.case_id = c.id), '[]') ELSE '[]' END)
            FROM cases_case c WHERE c.id = s.case_id) END
   FROM accounts_agency a WHERE a.id = s.agency_id $$"""

ANY = """
CREATE FUNCTION app.shares_any(fields text[], kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT EXISTS (SELECT FROM unnest(fields) f WHERE f LIKE kind || '.%') $$;
"""

OF_CASE = f"""RETURNS uuid[] {STABLE}
$$ SELECT array_agg(found.id) FROM (
       SELECT c.primary_incident_id AS id FROM cases_case c WHERE c.id = wanted
       UNION SELECT l.incident_id FROM cases_caseincident l WHERE l.case_id = wanted) found $$"""

# The sharer's own share, released or not.
PREVIEW = f"""RETURNS jsonb {STABLE}
$$ SELECT app.shared_record(s) FROM cases_share s WHERE s.id = wanted AND s.agency_id = app.agency_id() $$"""

# What is shared with the agency that asks, in short.
LIST = f"""RETURNS TABLE (id uuid, owner text, number text, title text, level text, until timestamptz,
                          may_reshare boolean, lead_state text, released_at timestamptz) {STABLE}
$$ SELECT s.id, a.name, coalesce(c.number, n.number),
          CASE WHEN 'case.title' = ANY (s.fields) THEN c.title ELSE '' END, s.level, s.until, s.may_reshare,
          s.lead_state, s.released_at
   FROM cases_share s JOIN accounts_agency a ON a.id = s.agency_id
   LEFT JOIN cases_case c ON c.id = s.case_id LEFT JOIN incidents_incident n ON n.id = s.incident_id
   WHERE s.recipient_id = app.agency_id() AND s.until > statement_timestamp() AND s.revoked_at IS NULL AND app.share_is_live(s.id)
   ORDER BY s.released_at DESC, s.id DESC $$"""

# Reading leaves a line with the agency whose record it is.
READ = f"""RETURNS jsonb {VOLATILE} $$
DECLARE
    given cases_share;
BEGIN
    SELECT * INTO given FROM cases_share s
    WHERE s.id = wanted AND s.recipient_id = app.agency_id() AND app.share_is_live(s.id);
    IF NOT FOUND THEN RETURN NULL; END IF;
    PERFORM app.note_share_reading(given, 'record');
    RETURN app.shared_record(given);
END $$"""

NOTE = """RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ INSERT INTO cases_sharereading (id, agency_id, share_id, reader_id, reader_name, reader_agency, what, read_at)
   SELECT app.uuid7(), shared.agency_id, shared.id, app.user_id(), coalesce(u.name, ''), a.name, what, clock_timestamp()
   FROM accounts_agency a LEFT JOIN accounts_user u ON u.id = app.user_id() WHERE a.id = app.agency_id() $$"""

# Passing on: never more than was given.
RESHARE = f"""RETURNS uuid {VOLATILE} $$
DECLARE
    given cases_share;
    made uuid := app.uuid7();
    partner_name text;
    mine text;
BEGIN
    SELECT * INTO given FROM cases_share s
    WHERE s.id = wanted AND s.recipient_id = app.agency_id() AND s.may_reshare AND app.share_is_live(s.id);
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT a.name INTO partner_name FROM accounts_agency a
    WHERE a.id = partner AND a.deactivated_at IS NULL AND a.id NOT IN (given.agency_id, given.recipient_id);
    IF NOT FOUND OR NOT wanted_fields <@ given.fields::text[] OR wanted_until > given.until THEN RETURN NULL; END IF;
    SELECT a.name INTO mine FROM accounts_agency a WHERE a.id = app.agency_id();
    INSERT INTO cases_share (id, agency_id, case_id, incident_id, recipient_id, recipient_name, fields, level, until,
        may_reshare, reason, parent_id, passed_on_by_id, passed_on_by, lead_state, created_at, released_at)
    VALUES (made, given.agency_id, given.case_id, given.incident_id, partner, partner_name, wanted_fields, 'view',
        wanted_until, false, why, given.id, app.agency_id(), mine, 'none', clock_timestamp(), clock_timestamp());
    RETURN made;
END $$"""

UNSHARE = f"""RETURNS boolean {VOLATILE} $$
BEGIN
    UPDATE cases_share s SET revoked_at = clock_timestamp()
    WHERE s.id = wanted AND s.passed_on_by_id = app.agency_id() AND s.revoked_at IS NULL;
    RETURN FOUND;
END $$"""

# Leading is taken where it is offered, and given back; the case stays whose it is.
TAKE_LEAD = f"""RETURNS boolean {VOLATILE} $$
DECLARE
    given cases_share;
BEGIN
    SELECT * INTO given FROM cases_share s WHERE s.id = wanted AND s.recipient_id = app.agency_id()
        AND s.case_id IS NOT NULL AND s.lead_state = 'offered' AND app.share_is_live(s.id) FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE cases_share SET lead_state = 'held' WHERE id = given.id;
    UPDATE cases_case SET led_by_agency_id = given.recipient_id, led_by_agency = given.recipient_name
    WHERE id = given.case_id;
    RETURN true;
END $$"""

RETURN_LEAD = f"""RETURNS boolean {VOLATILE} $$
DECLARE
    given cases_share;
BEGIN
    SELECT * INTO given FROM cases_share s
    WHERE s.id = wanted AND s.recipient_id = app.agency_id() AND s.lead_state = 'held' FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE cases_share SET lead_state = 'returned' WHERE id = given.id;
    UPDATE cases_case SET led_by_agency_id = NULL, led_by_agency = '' WHERE id = given.case_id;
    RETURN true;
END $$"""

# The case's own trigger checks the move and writes the history.
MOVE = f"""RETURNS boolean {VOLATILE} $$
DECLARE
    given cases_share;
BEGIN
    SELECT * INTO given FROM cases_share s WHERE s.id = wanted AND s.recipient_id = app.agency_id()
        AND s.lead_state = 'held' AND app.share_is_live(s.id);
    IF NOT FOUND THEN RETURN NULL; END IF;
    UPDATE cases_case SET status = target, status_reason = why, referred_to = whom, clearance = how,
        updated_at = clock_timestamp()
    WHERE id = given.case_id AND led_by_agency_id = app.agency_id() AND status = expected;
    RETURN FOUND;
END $$"""

# Revoking takes the lead back as well, whoever writes it.
REVOKED = """
CREATE FUNCTION app.lead_comes_home() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ BEGIN
    UPDATE cases_case SET led_by_agency_id = NULL, led_by_agency = '' WHERE id = NEW.case_id;
    RETURN NULL;
END $$;
CREATE TRIGGER lead_comes_home AFTER UPDATE OF revoked_at ON cases_share FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND NEW.lead_state = 'held')
    EXECUTE FUNCTION app.lead_comes_home();
ALTER TABLE cases_share ENABLE ALWAYS TRIGGER lead_comes_home;
REVOKE ALL ON FUNCTION app.lead_comes_home() FROM PUBLIC;
ALTER FUNCTION app.lead_comes_home() OWNER TO nethra_definer;
GRANT INSERT, UPDATE ON cases_share TO nethra_definer;
GRANT INSERT ON cases_sharereading TO nethra_definer;
GRANT UPDATE ON cases_case TO nethra_definer;
"""
REVOKED_REVERSE = """
REVOKE UPDATE ON cases_case FROM nethra_definer;
DROP TRIGGER lead_comes_home ON cases_share;
DROP FUNCTION app.lead_comes_home();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_sharing")]
    operations = [
        secure_table("cases_share"),
        secure_table("cases_sharereading"),
        link_within_agency("cases_share", "case_id", "cases_case"),
        link_within_agency("cases_share", "incident_id", "incidents_incident"),
        link_within_agency("cases_share", "parent_id", "cases_share"),
        link_within_agency("cases_share", "created_by_id", "accounts_user"),
        link_within_agency("cases_sharereading", "share_id", "cases_share"),
        audit_table("cases_share", guarded=["reason"]),
        audit_table("cases_sharereading", guarded=["reader_name"]),
        forbid_delete("cases_share"),
        forbid_delete("cases_sharereading"),
        migrations.RunSQL(ONLY, ONLY_REVERSE),
        migrations.RunSQL(ANY, "DROP FUNCTION app.shares_any(text[], text);"),
        definer_function("app.share_partner(wanted text)", PARTNER),
        definer_function("app.share_is_live(wanted uuid)", LIVE, grant=False),
        definer_function("app.incidents_of_shared_case(wanted uuid)", OF_CASE, grant=False),
        definer_function(
            "app.shared_incident(wanted uuid, of_case uuid, fields varchar[])", INCIDENT, grant=False
        ),
        definer_function("app.shared_record(s cases_share)", RECORD, grant=False),
        definer_function("app.share_preview(wanted uuid)", PREVIEW),
        definer_function("app.shared_with_us()", LIST),
        migrations.RunSQL(REVOKED, REVOKED_REVERSE),
        definer_function("app.note_share_reading(shared cases_share, what text)", NOTE, grant=False),
        definer_function("app.read_shared(wanted uuid)", READ),
        definer_function(
            "app.reshare(wanted uuid, partner uuid, wanted_fields text[], wanted_until timestamptz, why text)",
            RESHARE,
        ),
        definer_function("app.unshare(wanted uuid)", UNSHARE),
        definer_function("app.take_lead(wanted uuid)", TAKE_LEAD),
        definer_function("app.return_lead(wanted uuid)", RETURN_LEAD),
        definer_function(
            "app.move_shared_case(wanted uuid, expected text, target text, why text, whom text, how text)",
            MOVE,
        ),
    ]
