from django.db import migrations

from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

CHILDREN = {
    "cases_caseexclusion": (["user_id", "added_by_id"], ["reason"], []),
    "cases_caseseal": (["placed_by_id", "lifted_by_id", "removed_by_id"], ["reason"], []),
    "cases_accessrequest": (["user_id", "decided_by_id"], ["reason", "note"], []),
    "cases_emergency": (["user_id", "reviewed_by_id"], ["reason", "note"], []),
    # Looking again is counted, and is no event of its own.
    "cases_casereading": (["user_id", "reviewed_by_id"], ["reason", "note"], ["times", "last_at"]),
}
KEPT = ("cases_caseseal", "cases_accessrequest", "cases_emergency", "cases_casereading")

BEFORE = audit_table("cases_case", guarded=["title", "notes"])
AFTER = audit_table("cases_case", guarded=["title", "notes", "informant_notes"])

# An incident that some case hides from somebody is marked, so that all others need no second look.
MARK = """
CREATE FUNCTION app.mark_incidents(wanted uuid[]) RETURNS void LANGUAGE sql VOLATILE AS
$$ UPDATE incidents_incident i SET is_behind_case = seen.is_behind
   FROM (SELECT n.id, EXISTS (
             SELECT FROM cases_case c
             WHERE (c.primary_incident_id = n.id
                    OR c.id IN (SELECT l.case_id FROM cases_caseincident l WHERE l.incident_id = n.id))
               AND (c.is_restricted AND c.hides_incidents OR 'whole' = ANY (c.sealed_parts)
                    OR EXISTS (SELECT FROM cases_caseexclusion x WHERE x.case_id = c.id))) AS is_behind
         FROM incidents_incident n WHERE n.id = ANY (wanted)) seen
   WHERE i.id = seen.id AND i.is_behind_case <> seen.is_behind $$;

CREATE FUNCTION app.incidents_of_case(wanted uuid) RETURNS uuid[] LANGUAGE sql STABLE AS
$$ SELECT array_agg(found.id) FROM (
       SELECT c.primary_incident_id AS id FROM cases_case c WHERE c.id = wanted
       UNION SELECT l.incident_id FROM cases_caseincident l WHERE l.case_id = wanted) found $$;

CREATE FUNCTION app.mark_incidents_of_case() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_TABLE_NAME = 'cases_case' THEN
        PERFORM app.mark_incidents(app.incidents_of_case(NEW.id));
    ELSIF TG_TABLE_NAME = 'cases_caseincident' THEN
        PERFORM app.mark_incidents(ARRAY[CASE TG_OP WHEN 'DELETE' THEN OLD.incident_id ELSE NEW.incident_id END]);
    ELSE
        PERFORM app.mark_incidents(app.incidents_of_case(
            CASE TG_OP WHEN 'DELETE' THEN OLD.case_id ELSE NEW.case_id END));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER mark_incidents AFTER INSERT OR UPDATE OF is_restricted, hides_incidents, sealed_parts ON cases_case
    FOR EACH ROW WHEN (NEW.is_restricted OR NEW.sealed_parts <> '{}')
    EXECUTE FUNCTION app.mark_incidents_of_case();
CREATE TRIGGER unmark_incidents AFTER UPDATE OF is_restricted, hides_incidents, sealed_parts ON cases_case
    FOR EACH ROW WHEN ((OLD.is_restricted OR OLD.sealed_parts <> '{}')
                       AND NOT (NEW.is_restricted OR NEW.sealed_parts <> '{}'))
    EXECUTE FUNCTION app.mark_incidents_of_case();
CREATE TRIGGER mark_incidents AFTER INSERT OR DELETE ON cases_caseincident
    FOR EACH ROW EXECUTE FUNCTION app.mark_incidents_of_case();
CREATE TRIGGER mark_incidents AFTER INSERT OR DELETE ON cases_caseexclusion
    FOR EACH ROW EXECUTE FUNCTION app.mark_incidents_of_case();
ALTER TABLE cases_case ENABLE ALWAYS TRIGGER mark_incidents;
ALTER TABLE cases_case ENABLE ALWAYS TRIGGER unmark_incidents;
ALTER TABLE cases_caseincident ENABLE ALWAYS TRIGGER mark_incidents;
ALTER TABLE cases_caseexclusion ENABLE ALWAYS TRIGGER mark_incidents;
"""
MARK_REVERSE = """
DROP TRIGGER mark_incidents ON cases_caseexclusion;
DROP TRIGGER mark_incidents ON cases_caseincident;
DROP TRIGGER unmark_incidents ON cases_case;
DROP TRIGGER mark_incidents ON cases_case;
DROP FUNCTION app.mark_incidents_of_case();
DROP FUNCTION app.incidents_of_case(uuid);
DROP FUNCTION app.mark_incidents(uuid[]);
"""

# Somebody is a juvenile in a case who was one at any of its incidents, on the agency's calendar. Who is born
# on 29 February comes of age on the 28th in other years, as PostgreSQL adds years.
JUVENILE = """
CREATE FUNCTION app.is_juvenile(born date, wanted_case uuid) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT born IS NOT NULL AND EXISTS (
       SELECT FROM cases_case c
       JOIN accounts_agency a ON a.id = c.agency_id
       JOIN incidents_incident i ON i.agency_id = c.agency_id
           AND i.id = ANY (app.incidents_of_case(wanted_case))
       WHERE c.id = wanted_case
         AND (i.occurred_from AT TIME ZONE a.time_zone)::date < (born + make_interval(years => a.juvenile_age))::date) $$;
"""

# A name as two people would write it the same way.
NAMES = r"""
CREATE FUNCTION app.plain_name(name text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT lower(regexp_replace(btrim(name), '\s+', ' ', 'g')) $$;
"""


def child(table):
    """Bind a table of a case's parts: to the agency, to its case, to the audit."""
    people, guarded, ignored = CHILDREN[table]
    return [
        secure_table(table),
        link_within_agency(table, "case_id", "cases_case"),
        *[link_within_agency(table, column, "accounts_user") for column in people],
        audit_table(table, guarded=guarded, ignored=ignored),
    ]


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_need_to_know"), ("incidents", "0010_seals")]
    operations = [
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        link_within_agency("cases_case", "unit_id", "accounts_unit"),
        *[operation for table in CHILDREN for operation in child(table)],
        *[forbid_delete(table) for table in KEPT],
        link_within_agency("cases_emergency", "review_task_id", "cases_casetask"),
        migrations.RunSQL(MARK, MARK_REVERSE),
        migrations.RunSQL(NAMES, "DROP FUNCTION app.plain_name(text);"),
        migrations.RunSQL(JUVENILE, "DROP FUNCTION app.is_juvenile(date, uuid);"),
    ]
