from django.db import migrations

from nethra.core.row_security import audit_table, link_within_agency, secure_table

SEARCH = "exchange_savedsearch"
# What a look found is no event: it follows from the records, and changes every ten minutes.
LOOKED = ["looked_from", "known", "unseen", "mailed_at", "flooded_at", "problem"]
FIXED = f"""
CREATE TRIGGER kept_fixed BEFORE UPDATE ON {SEARCH} FOR EACH ROW
    WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id OR OLD.resource IS DISTINCT FROM NEW.resource
          OR OLD.query IS DISTINCT FROM NEW.query OR OLD.created_at IS DISTINCT FROM NEW.created_at)
    EXECUTE FUNCTION app.refuse_change('What a saved search looks for, and for whom, never changes.');
ALTER TABLE {SEARCH} ENABLE ALWAYS TRIGGER kept_fixed;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_saved_searches"), ("accounts", "0011_audit_keep_days")]

    operations = [
        secure_table(SEARCH),
        link_within_agency(SEARCH, "owner_id", "accounts_user"),
        migrations.RunSQL(FIXED, f"DROP TRIGGER kept_fixed ON {SEARCH};"),
        audit_table(SEARCH, guarded=["name", "query", "words"], ignored=LOOKED),
    ]
