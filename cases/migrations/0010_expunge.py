from django.db import migrations

from nethra.core.row_security import audit_table, definer_function, link_within_agency, secure_table

CASE = ["title", "notes", "informant_notes"]
BEFORE = audit_table("cases_case", guarded=CASE)
AFTER = audit_table("cases_case", guarded=[*CASE, "referred_to"])
HISTORY_BEFORE = audit_table("cases_casestatuschange", guarded=["reason"])
HISTORY_AFTER = audit_table("cases_casestatuschange", guarded=["reason", "referred_to"])

TABLES = (
    "cases_case",
    "cases_casetask",
    "cases_casestatuschange",
    "cases_caseexclusion",
    "cases_accessrequest",
    "cases_emergency",
    "cases_casereading",
    "cases_caseseal",
    "cases_share",
    "cases_expungeorder",
)
GRANTS = f"""
GRANT UPDATE ON {", ".join(TABLES)} TO nethra_definer;
GRANT DELETE ON cases_involvedperson TO nethra_definer;
"""
GRANTS_REVERSE = """
REVOKE DELETE ON cases_involvedperson FROM nethra_definer;
"""

# The numbers, the moves and who saw it stay; what was said is gone. The changes made here are audited as any other,
# so the audit's guarded parts are blanked last.
EXPUNGE = """RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o cases_expungeorder;
    gone uuid;
    blanked integer := 0;
BEGIN
    SELECT * INTO o FROM cases_expungeorder e
    WHERE e.id = wanted AND e.agency_id = app.agency_id() AND e.approved_at IS NOT NULL AND e.declined_at IS NULL
      AND (e.asked_by_id IS NULL OR e.approved_by_id IS DISTINCT FROM e.asked_by_id) FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    PERFORM set_config('app.expunging', 'on', true);
    IF o.kind = 'incident' THEN
        blanked := app.expunge_incident(o.subject_id);
    ELSIF o.kind = 'person' THEN
        DELETE FROM cases_involvedperson p WHERE p.id = o.subject_id AND p.agency_id = o.agency_id;
        blanked := app.blank_events(ARRAY[o.subject_id]);
    ELSE
        DELETE FROM cases_involvedperson p WHERE p.case_id = o.subject_id AND p.agency_id = o.agency_id;
        UPDATE cases_casetask SET title = 'Expunged' WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_casestatuschange
            SET reason = '', referred_to = CASE to_status WHEN 'referred' THEN 'Expunged' ELSE '' END
            WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_caseexclusion SET reason = 'Expunged' WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_accessrequest SET reason = 'Expunged', note = ''
            WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_emergency SET reason = 'Expunged', note = ''
            WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_casereading SET reason = '', note = '' WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_caseseal SET reason = '' WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_share SET reason = '', revoked_at = coalesce(revoked_at, clock_timestamp())
            WHERE case_id = o.subject_id AND agency_id = o.agency_id;
        UPDATE cases_case SET title = 'Expunged', notes = '', informant_notes = '', status_reason = '',
            referred_to = CASE status WHEN 'referred' THEN 'Expunged' ELSE '' END, expunged_at = clock_timestamp(),
            updated_at = clock_timestamp()
            WHERE id = o.subject_id AND agency_id = o.agency_id;
        IF o.kind = 'case_incidents' THEN
            FOR gone IN SELECT n.id FROM incidents_incident n
                WHERE n.agency_id = o.agency_id AND n.id = ANY (app.incidents_of_shared_case(o.subject_id))
                  AND NOT EXISTS (
                      SELECT FROM cases_case c WHERE c.agency_id = o.agency_id AND c.id <> o.subject_id
                        AND (c.primary_incident_id = n.id OR c.id IN (
                             SELECT l.case_id FROM cases_caseincident l WHERE l.incident_id = n.id)))
            LOOP
                blanked := blanked + app.expunge_incident(gone);
            END LOOP;
        END IF;
        blanked := blanked + app.blank_events(ARRAY[o.subject_id]);
    END IF;
    UPDATE cases_expungeorder SET executed_at = clock_timestamp(), events_blanked = blanked WHERE id = o.id;
    RETURN blanked;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_expunging"), ("incidents", "0012_expunge")]
    operations = [
        secure_table("cases_expungeorder"),
        link_within_agency("cases_expungeorder", "asked_by_id", "accounts_user"),
        link_within_agency("cases_expungeorder", "approved_by_id", "accounts_user"),
        audit_table("cases_expungeorder"),
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        migrations.RunSQL(
            HISTORY_BEFORE.reverse_sql + HISTORY_AFTER.sql, HISTORY_AFTER.reverse_sql + HISTORY_BEFORE.sql
        ),
        migrations.RunSQL(GRANTS, GRANTS_REVERSE),
        definer_function("app.execute_expunge(wanted uuid)", EXPUNGE),
    ]
