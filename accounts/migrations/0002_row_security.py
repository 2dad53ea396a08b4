from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

AGENCY = """
ALTER TABLE accounts_agency ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_agency FORCE ROW LEVEL SECURITY;
CREATE POLICY agency_only ON accounts_agency
    USING (id = (SELECT app.agency_id())) WITH CHECK (id = (SELECT app.agency_id()));
"""
AGENCY_REVERSE = """
DROP POLICY agency_only ON accounts_agency;
ALTER TABLE accounts_agency NO FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts_agency DISABLE ROW LEVEL SECURITY;
"""

DEFINER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(AGENCY, AGENCY_REVERSE),
        forbid_delete("accounts_agency"),
        audit_table("accounts_agency", excluded=["boundary"]),
        secure_table("accounts_user"),
        forbid_delete("accounts_user"),
        audit_table(
            "accounts_user",
            guarded=["email", "name", "badge_number"],
            excluded=["password"],
            ignored=["last_login_at"],
        ),
        secure_table("accounts_usersession"),
        link_within_agency("accounts_usersession", "user_id", "accounts_user"),
        audit_table("accounts_usersession", guarded=["address", "device"], ignored=["last_seen_at"]),
        secure_table("accounts_refreshtoken"),
        link_within_agency("accounts_refreshtoken", "session_id", "accounts_usersession"),
        audit_table("accounts_refreshtoken", excluded=["token_hash"]),
        # What must be found before an agency is known: three narrow questions, one row each.
        definer_function(
            "app.find_login(wanted text)",
            f"RETURNS TABLE (agency_id uuid, user_id uuid) {DEFINER} "
            "$$ SELECT u.agency_id, u.id FROM accounts_user u WHERE lower(u.email) = lower(wanted) $$",
        ),
        definer_function(
            "app.find_refresh(wanted bytea)",
            f"RETURNS uuid {DEFINER} $$ SELECT t.agency_id FROM accounts_refreshtoken t WHERE t.token_hash = wanted $$",
        ),
        definer_function(
            "app.find_agency(wanted text)",
            f"RETURNS uuid {DEFINER} $$ SELECT a.id FROM accounts_agency a WHERE a.code = wanted $$",
        ),
    ]
