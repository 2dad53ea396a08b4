from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

DEFINER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"
PERSONAL = [
    "profile",
    "contact",
    "posting",
    "authenticator",
    "securitykey",
    "recoverycode",
    "challenge",
    "apikey",
]

# Under FORCE the owner, who migrates, would see no row and copy nothing.
UNITS = """
ALTER TABLE accounts_user NO FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts_unit NO FORCE ROW LEVEL SECURITY;
INSERT INTO accounts_unit (id, agency_id, name, created_at, updated_at)
    SELECT app.uuid7(), agency_id, unit_text, now(), now() FROM accounts_user
    WHERE unit_text <> '' GROUP BY agency_id, unit_text;
UPDATE accounts_user u SET unit_id = t.id FROM accounts_unit t
    WHERE t.agency_id = u.agency_id AND t.name = u.unit_text;
ALTER TABLE accounts_user FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts_unit FORCE ROW LEVEL SECURITY;
"""
UNITS_REVERSE = """
ALTER TABLE accounts_user NO FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts_unit NO FORCE ROW LEVEL SECURITY;
UPDATE accounts_user u SET unit_text = t.name FROM accounts_unit t WHERE t.id = u.unit_id;
ALTER TABLE accounts_user FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts_unit FORCE ROW LEVEL SECURITY;
"""


def audit_anew(table, before, after):
    """Replace a table's audit triggers: other columns are left out of events from now on."""
    old, new = audit_table(table, **before), audit_table(table, **after)
    return migrations.RunSQL(sql=old.reverse_sql + new.sql, reverse_sql=new.reverse_sql + old.sql)


USER = {"guarded": ["email", "name", "badge_number"], "excluded": ["password"]}
SESSION = {"guarded": ["address", "device"]}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_people_and_factors")]
    operations = [
        secure_table("accounts_unit"),
        *[secure_table(f"accounts_{name}") for name in PERSONAL],
        secure_table("accounts_workinghours"),
        secure_table("accounts_hoursexception"),
        *[link_within_agency(f"accounts_{name}", "user_id", "accounts_user") for name in PERSONAL],
        link_within_agency("accounts_hoursexception", "user_id", "accounts_user"),
        link_within_agency("accounts_unit", "parent_id", "accounts_unit"),
        link_within_agency("accounts_unit", "supervisor_id", "accounts_user"),
        link_within_agency("accounts_posting", "unit_id", "accounts_unit"),
        link_within_agency("accounts_user", "unit_id", "accounts_unit"),
        forbid_delete("accounts_unit"),
        forbid_delete("accounts_contact"),
        forbid_delete("accounts_posting"),
        forbid_delete("accounts_apikey"),
        audit_table("accounts_unit"),
        audit_table(
            "accounts_profile",
            guarded=[
                "preferred_name",
                "pronouns",
                "spoken_languages",
                "job_title",
                "call_sign",
                "qualifications",
                "joined_on",
            ],
            excluded=["picture"],
        ),
        audit_table("accounts_contact", guarded=["value"]),
        audit_table("accounts_posting", guarded=["rank", "place_name"]),
        audit_table("accounts_authenticator", guarded=["name"], excluded=["secret"], ignored=["last_step"]),
        audit_table(
            "accounts_securitykey",
            guarded=["name"],
            excluded=["credential_id", "public_key"],
            ignored=["sign_count", "last_used_at"],
        ),
        audit_table("accounts_recoverycode", excluded=["code_hash"]),
        audit_table("accounts_challenge", excluded=["value"]),
        audit_table(
            "accounts_apikey",
            guarded=["name"],
            excluded=["key_hash"],
            ignored=["last_used_at", "last_address"],
        ),
        audit_table("accounts_workinghours"),
        audit_table("accounts_hoursexception", guarded=["reason"]),
        audit_anew(
            "accounts_user",
            {**USER, "ignored": ["last_login_at"]},
            {**USER, "ignored": ["last_login_at", "reset_mailed_at"]},
        ),
        audit_anew(
            "accounts_usersession",
            {**SESSION, "ignored": ["last_seen_at"]},
            {**SESSION, "ignored": ["last_seen_at", "rotation"]},
        ),
        migrations.RunSQL(UNITS, UNITS_REVERSE),
        migrations.RemoveField(model_name="user", name="unit_text"),
        # An API key is found before an agency is known, like a login and a refresh token.
        definer_function(
            "app.find_api_key(wanted bytea)",
            f"RETURNS TABLE (agency_id uuid, user_id uuid, key_id uuid) {DEFINER} "
            "$$ SELECT k.agency_id, k.user_id, k.id FROM accounts_apikey k WHERE k.key_hash = wanted $$",
        ),
    ]
