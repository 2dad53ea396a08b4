from django.db import migrations

from nethra.core.row_security import definer_function

# Work that the clock orders is ordered for every agency. Keys only: nothing of an agency is told by them.
KEYS = """
RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT id FROM accounts_agency ORDER BY id $$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_role_walls")]
    operations = [definer_function("app.agency_keys()", KEYS)]
