from django.db import migrations

from nethra.core.row_security import audit_table, forbid_delete, secure_table

# A unit with everything that is part of it, however deep. Row security bounds the agency.
UNITS = """
CREATE FUNCTION app.unit_and_parts(wanted uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS
$$ WITH RECURSIVE below AS (
       SELECT u.id FROM accounts_unit u WHERE u.id = wanted
       UNION SELECT u.id FROM accounts_unit u JOIN below b ON u.parent_id = b.id)
   SELECT id FROM below $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_need_to_know")]
    operations = [
        secure_table("accounts_rolerule"),
        forbid_delete("accounts_rolerule"),
        audit_table("accounts_rolerule"),
        migrations.RunSQL(UNITS, "DROP FUNCTION app.unit_and_parts(uuid);"),
    ]
