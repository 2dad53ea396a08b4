from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    forbid_delete,
    link_within_agency,
    secure_table,
)

CASE_LINKS = {
    "primary_incident_id": "incidents_incident",
    "lead_id": "accounts_user",
    "opened_by_id": "accounts_user",
}
CHILD_LINKS = {
    "cases_caseincident": {"incident_id": "incidents_incident", "linked_by_id": "accounts_user"},
    "cases_casemember": {"user_id": "accounts_user", "added_by_id": "accounts_user"},
    "cases_casestatuschange": {"lead_id": "accounts_user", "changed_by_id": "accounts_user"},
    "cases_involvedperson": {"created_by_id": "accounts_user"},
    "cases_casetask": {"assignee_id": "accounts_user", "created_by_id": "accounts_user"},
}
GUARDED = {
    "cases_caseincident": [],
    "cases_casemember": [],
    "cases_casestatuschange": ["reason"],
    "cases_involvedperson": ["name", "born_on", "contact"],
    "cases_casetask": ["title"],
}

# Gapless (ADR 6): the row stays locked until the case's transaction ends, and goes back with it.
NUMBERS = """
CREATE FUNCTION app.case_number(year integer) RETURNS text LANGUAGE sql VOLATILE AS
$$ INSERT INTO cases_casecounter AS counter (id, agency_id, year, latest)
   VALUES (app.uuid7(), app.agency_id(), $1, 1)
   ON CONFLICT (agency_id, year) DO UPDATE SET latest = counter.latest + 1
   RETURNING counter.year || '-' || lpad(counter.latest::text, 6, '0') $$;
"""


def child(table):
    """Bind a table of a case's parts: to the agency, to its case, to the audit."""
    links = {"case_id": "cases_case", **CHILD_LINKS[table]}
    return [
        secure_table(table),
        *[link_within_agency(table, column, target) for column, target in links.items()],
        audit_table(table, guarded=GUARDED[table]),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("incidents", "0008_one_spatial_index"),
        ("audit", "0002_triggers"),
    ]
    operations = [
        secure_table("cases_casecounter"),
        forbid_delete("cases_casecounter"),
        audit_table("cases_casecounter", ignored=["latest"]),
        migrations.RunSQL(NUMBERS, "DROP FUNCTION app.case_number(integer);"),
        secure_table("cases_case"),
        *[link_within_agency("cases_case", column, target) for column, target in CASE_LINKS.items()],
        forbid_delete("cases_case"),
        audit_table("cases_case", guarded=["title", "notes"]),
        *[operation for table in CHILD_LINKS for operation in child(table)],
    ]
